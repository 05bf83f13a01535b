import type { OperationName } from '#shared/contract/operations.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { Settings } from '#shared/model/settings.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';

/** Operations that tools cause without a person: `toll run`, `toll token`. They keep nobody present. */
const toolOperations: ReadonlySet<OperationName> = new Set([
  'request.create',
  'request.wait',
  'request.list',
  'status.read',
  'credential.list',
  'provider.list',
]);

/** Notices when nobody has touched the machine for as long as the settings say. */
export interface IdleWatch {
  /** The host tells for how many milliseconds nobody has; from then on only the host is believed. */
  systemIdle(milliseconds: number): void;
  /** Somebody called an operation. Without a host that tells, a person's command is the only sign of life there is. */
  performed(name: OperationName, actor: Actor): void;
  /** The settings may have changed. */
  apply(): void;
}

/** What the watch is made from. */
export interface IdleWatchOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Null while they can't be read. */
  readonly settings: () => Pick<Settings, 'whenIdle' | 'idleMinutes'> | null;
  readonly onChange: (isIdle: boolean) => void;
}

/** Begins to watch, with somebody there now. */
export function createIdleWatch({ clock, deadlines, settings, onChange }: IdleWatchOptions): IdleWatch {
  let lastSign = clock.monotonic();
  let hasHost = false;
  let deadline: Deadline | null = null;

  function apply(): void {
    deadline?.cancel();
    deadline = null;
    const wanted = settings();
    if (wanted === null || wanted.whenIdle === 'go-on') {
      onChange(false);
      return;
    }
    const leftMs = wanted.idleMinutes * 60_000 - (clock.monotonic() - lastSign);
    onChange(leftMs <= 0);
    if (leftMs > 0) deadline = deadlines.after(leftMs, apply);
  }

  return {
    systemIdle(milliseconds) {
      hasHost = true;
      lastSign = clock.monotonic() - milliseconds;
      apply();
    },
    performed(name, actor) {
      if (hasHost || actor === 'system' || toolOperations.has(name)) return;
      lastSign = clock.monotonic();
      apply();
    },
    apply,
  };
}
