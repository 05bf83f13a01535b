import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import type { AuthorizationServerOptions, PendingAccess } from './authorization-server-options.ts';
import type { AnswerShape } from './client-demand.ts';

/** Seconds between polls that a client starts with, and what each `slow_down` adds for good. RFC 8628 section 3.5. */
export const pollInterval = { initialSeconds: 5, stepSeconds: 5 } as const;

/** Milliseconds by which a poll may come early without being called too fast: timers and networks are not exact. */
const earlyToleranceMs = 500;

/** Kept a good while after its code expired, since the code itself says when that is. */
const keepMs = 2 * 60 * 60 * 1_000;

const model = 'DeviceRequest';

const recordSchema = lazily(() =>
  z.object({
    requestId: z.string(),
    /** What the answer holds besides the token. */
    shape: z.object({ refresh: z.boolean(), details: z.boolean() }).default({ refresh: false, details: false }),
    intervalSeconds: z.number().int(),
    /** Milliseconds since the epoch; null before the first poll. */
    lastPollAt: z.number().nullable(),
    decision: z
      .discriminatedUnion('outcome', [
        z.object({ outcome: z.literal('granted'), grantId: z.string() }),
        z.object({ outcome: z.literal('denied') }),
        z.object({ outcome: z.literal('expired') }),
      ])
      .nullable(),
  }),
);

/** What is kept for one device code beside oidc-provider's own record. */
export type DeviceRequestRecord = Readonly<z.infer<typeof recordSchema>>;

/** Which request a device code stands for, how fast its client polls, and how it was decided; survives a restart. */
export interface DeviceRequests {
  /** Remembers the request, and its decision as soon as there is one. A decision that can't be kept leaves the code to expire. */
  open(deviceCode: string, request: PendingAccess & { readonly shape: AnswerShape }): void;
  find(deviceCode: string): DeviceRequestRecord | null;
  /** True while this server itself still listens for the decision. */
  isOpen(requestId: string): boolean;
  /** Notes a poll. False when it came too soon: then the client's interval grows. */
  poll(deviceCode: string): boolean;
}

/** What the record is made from. */
export type DeviceRequestsOptions = Pick<AuthorizationServerOptions, 'state' | 'clock' | 'log'>;

/** Makes the record over the registry's OAuth state. */
export function createDeviceRequests({ state, clock, log }: DeviceRequestsOptions): DeviceRequests {
  const open = new Set<string>();
  const find = (deviceCode: string): DeviceRequestRecord | null => {
    const read = recordSchema.safeParse(state.find(model, deviceCode)?.payload);
    return read.success ? read.data : null;
  };
  const write = (deviceCode: string, record: DeviceRequestRecord): void =>
    state.upsert({
      model,
      id: deviceCode,
      payload: record,
      grantId: null,
      userCode: null,
      uid: null,
      consumedAt: null,
      expiresAt: clock.now() + keepMs,
    });
  return {
    open(deviceCode, { requestId, shape, decision }) {
      const intervalSeconds = pollInterval.initialSeconds;
      write(deviceCode, { requestId, shape, intervalSeconds, lastPollAt: null, decision: null });
      open.add(requestId);
      void decision
        .then((decided) => {
          open.delete(requestId);
          const record = find(deviceCode);
          if (record !== null) write(deviceCode, { ...record, decision: decided });
        })
        .catch(() => log('device-decision-not-kept', { requestId }));
    },
    find,
    isOpen: (requestId) => open.has(requestId),
    poll(deviceCode) {
      const record = find(deviceCode);
      if (record === null) return true;
      const now = clock.now();
      const elapsed = record.lastPollAt === null ? null : now - record.lastPollAt;
      const tooSoon = elapsed !== null && elapsed >= 0 && elapsed < record.intervalSeconds * 1_000 - earlyToleranceMs;
      const intervalSeconds = record.intervalSeconds + (tooSoon ? pollInterval.stepSeconds : 0);
      write(deviceCode, { ...record, intervalSeconds, lastPollAt: now });
      return !tooSoon;
    },
  };
}
