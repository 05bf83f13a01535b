import type { Settings } from '../model/settings.ts';
import type { OperationArguments, OperationName } from './operations.ts';

/** One operation before which the system may be asked that it is really the owner. */
interface SensitiveAct<N extends OperationName> {
  /** Goes on after "Tollkeeper wants to". */
  readonly purpose: string;
  /** Whether this call of it is sensitive. */
  applies(input: OperationArguments<N>): boolean;
}

type SensitiveActs = { readonly [N in OperationName]?: SensitiveAct<N> };

/** Settings that protect the keys: whoever changes one may be taking a protection away. */
const protectingSettings: ReadonlySet<keyof Settings> = new Set([
  'askForPresence',
  'askForAdminKeys',
  'whenScreenLocks',
  'whenAsleep',
  'whenIdle',
  'queryTokenTools',
]);

/**
 * What is most sensitive. Nothing that takes access away is here: revoking, pausing, panic and removing a key never wait for anybody. No
 * operation shows a key, so none of those is here either.
 */
export const sensitiveActs: SensitiveActs = {
  'adminKey.add': { purpose: 'keep a key that can make other keys', applies: () => true },
  'rotation.provide': { purpose: 'change a provider key', applies: () => true },
  'rotation.start': { purpose: 'change a provider key', applies: () => true },
  'gateway.pause': { purpose: 'give the gateway its keys back', applies: ({ paused }) => !paused },
  'policy.add': { purpose: 'allow a tool from now on without asking', applies: ({ effect }) => effect === 'allow' },
  'policy.remove': { purpose: 'remove a standing policy', applies: () => true },
  'request.approve': {
    purpose: 'allow a tool from now on without asking',
    applies: ({ approval }) => approval.always === true,
  },
  'settings.update': {
    purpose: 'change what protects your keys',
    applies: (changes) => Object.keys(changes).some((name) => protectingSettings.has(name as keyof Settings)),
  },
};

/** Why the owner is to be asked for before this call; null when it is not sensitive. */
export function sensitivePurpose<N extends OperationName>(name: N, input: OperationArguments<N>): string | null {
  const act = sensitiveActs[name] as SensitiveAct<N> | undefined;
  return act?.applies(input) ? act.purpose : null;
}
