/** How the system can ask whether it is really the owner. */
export type PresenceKind = 'touch-id' | 'polkit';

/** What came of asking: `unavailable` is nobody's no, but the system's not being able to ask. */
export type PresenceAnswer = 'confirmed' | 'refused' | 'unavailable';

/** Asks the system whether whoever sits there is the owner: by a finger, or a password that the system asks for itself. */
export interface PresenceCheck {
  /** Null where the system has nothing of the kind; the setting is not offered there. */
  readonly kind: PresenceKind | null;
  /** Asks. `purpose` goes on after "Tollkeeper wants to", where the system shows it. Never rejects. */
  confirm(purpose: string): Promise<PresenceAnswer>;
}

/** Where there is nothing to ask. */
export const noPresenceCheck: PresenceCheck = { kind: null, confirm: async () => 'unavailable' };
