import { z } from 'zod';

/** Every setting, its type and default. Their descriptions are in docs/settings.md, which a test compares with this table. */
export const settingsSchema = z.object({
  /** Port of the gateway; 0 picks a free one. Takes effect at the next start. */
  port: z.number().int().min(0).max(65_535).default(8377),
  startAtLogin: z.boolean().default(false),
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** End all grants when the screen locks. */
  endGrantsOnLock: z.boolean().default(false),
  /** Hold new requests back while the screen is locked. */
  holdRequestsWhileLocked: z.boolean().default(true),
  /** Show a notification of the desktop as well when a tool asks. */
  notifications: z.boolean().default(false),
  /** Shown as the bar on the overview; null for none. */
  dailyBudgetMicroUsd: z.number().int().positive().nullable().default(null),
  /** Tools that may send their token as `?key=`. */
  queryTokenTools: z.array(z.string()).default([]),
  /** Usage records older than this many days are deleted; 0 keeps them for ever. */
  ledgerRetentionDays: z.number().int().min(0).max(3_650).default(0),
});
/** See {@link settingsSchema}. */
export type Settings = Readonly<z.infer<typeof settingsSchema>>;

const { shape } = settingsSchema;

/** Some settings, each valid and none filled in: what is not named is not changed. (`partial()` would fill in the defaults.) */
export const settingsChangesSchema = z.object({
  port: shape.port.removeDefault().exactOptional(),
  startAtLogin: shape.startAtLogin.removeDefault().exactOptional(),
  theme: shape.theme.removeDefault().exactOptional(),
  endGrantsOnLock: shape.endGrantsOnLock.removeDefault().exactOptional(),
  holdRequestsWhileLocked: shape.holdRequestsWhileLocked.removeDefault().exactOptional(),
  notifications: shape.notifications.removeDefault().exactOptional(),
  dailyBudgetMicroUsd: shape.dailyBudgetMicroUsd.removeDefault().exactOptional(),
  queryTokenTools: shape.queryTokenTools.removeDefault().exactOptional(),
  ledgerRetentionDays: shape.ledgerRetentionDays.removeDefault().exactOptional(),
} satisfies Record<keyof Settings, z.ZodType>);
