/** Something that happens once, and a promise of it. */
export interface Signal {
  readonly happened: Promise<void>;
  /** Makes it happen; doing so again changes nothing. */
  fire(): void;
}

/** Makes a signal that has not happened. */
export function createSignal(): Signal {
  let fire: () => void = () => undefined;
  const happened = new Promise<void>((resolve) => {
    fire = resolve;
  });
  return { happened, fire: () => fire() };
}
