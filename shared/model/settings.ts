import { z } from 'zod';
import { lazily } from './lazily.ts';
import { tokenAlgorithms } from './signing-key.ts';

/** `environment` takes the user's variables, `none` goes straight. A URL with a password is refused: settings are shown, the environment is not. */
const proxySchema = lazily(() =>
  z.union([
    z.enum(['environment', 'none']),
    z
      .url({ protocol: /^https?$/ })
      .max(500)
      .regex(/^[^@]*$/, 'A proxy with a name or password goes into HTTPS_PROXY, where it is not shown'),
  ]),
);
/** What becomes of access while its owner is away. All but the first take the keys from the gateway. */
export const awayActSchema = lazily(() => z.enum(['go-on', 'wait', 'refuse', 'end']));
/** See {@link awayActSchema}. */
export type AwayAct = z.infer<typeof awayActSchema>;

const timeoutSecondsSchema = lazily(() => z.number().int().min(1).max(3_600));

/** Every setting, its type and default. Their descriptions are in docs/settings.md, which a test compares with this table. */
export const settingsSchema = lazily(() =>
  z.object({
    /** Port of the gateway; 0 picks a free one. Takes effect at the next start. */
    port: z.number().int().min(0).max(65_535).default(8377),
    /** Speak TLS as well, on a port of its own. */
    tls: z.boolean().default(false),
    /** Port of the TLS door; 0 picks a free one. */
    tlsPort: z.number().int().min(0).max(65_535).default(8378),
    startAtLogin: z.boolean().default(false),
    theme: z.enum(['system', 'light', 'dark']).default('system'),
    /** What happens when the screen locks. */
    whenScreenLocks: awayActSchema.default('go-on'),
    /** What happens when the machine goes to sleep. */
    whenAsleep: awayActSchema.default('go-on'),
    /** What happens when nobody has touched the machine for `idleMinutes`. */
    whenIdle: awayActSchema.default('go-on'),
    idleMinutes: z.number().int().min(1).max(1_440).default(15),
    /** Seconds that a call waits for its owner at most; then it is refused. */
    awayWaitSeconds: z.number().int().min(1).max(3_600).default(300),
    /** Let time stand still for requests for access while nobody is there to answer them. */
    holdRequestsWhileLocked: z.boolean().default(true),
    /** Ask the system that it is really you before what is most sensitive; see `sensitiveActs`. */
    askForPresence: z.boolean().default(false),
    /** The same before an admin key is read, also when a schedule began the change: it then stops until you are there. */
    askForAdminKeys: z.boolean().default(false),
    /** Show a notification of the desktop as well when a tool asks, and when a budget reaches one of its warnings. */
    notifications: z.boolean().default(false),
    /** Shown as the bar on the overview; null for none. */
    dailyBudgetMicroUsd: z.number().int().positive().nullable().default(null),
    /** Tools that may send their token as `?key=`. */
    queryTokenTools: z.array(z.string()).default([]),
    /** Minutes for which the change of a key waits for calls that hold the other key; then it asks. */
    rotationDrainMinutes: z.number().int().min(1).max(10_080).default(60),
    /** Days until another key signs the tokens. */
    signingKeyDays: z.number().int().min(1).max(3_650).default(30),
    /** Days until the databases are encrypted with another key; 0 changes it only when asked to. */
    databaseKeyDays: z.number().int().min(0).max(3_650).default(0),
    /** What tokens are signed with; a change takes effect with the next key, which is made at once. */
    tokenSignature: z.enum(tokenAlgorithms).default('ES256'),
    /** Usage records older than this many days are deleted; 0 keeps them for ever. */
    ledgerRetentionDays: z.number().int().min(0).max(3_650).default(0),
    /** Fetch the newest price list every week; `off` fetches it only on request. */
    priceUpdates: z.enum(['off', 'weekly']).default('off'),
    /** The proxy towards providers; loopback addresses are never reached through one. */
    proxy: proxySchema.default('environment'),
    /** Trust the certificates of the system's store besides the built-in ones. */
    trustSystemCertificates: z.boolean().default(true),
    /** Seconds until a connection to a provider stands, proxy and TLS included. */
    connectTimeoutSeconds: timeoutSecondsSchema.max(120).default(10),
    /** Seconds a provider may take until its answer begins. */
    firstByteTimeoutSeconds: timeoutSecondsSchema.default(600),
    /** Seconds a provider may be silent within an answer. */
    idleTimeoutSeconds: timeoutSecondsSchema.default(300),
  }),
);
/** See {@link settingsSchema}. */
export type Settings = Readonly<z.infer<typeof settingsSchema>>;

/** Some settings, each valid and none filled in: what is not named is not changed. (`partial()` would fill in the defaults.) */
export const settingsChangesSchema = lazily(() => {
  const { shape } = settingsSchema;
  return z.object({
    port: shape.port.removeDefault().exactOptional(),
    tls: shape.tls.removeDefault().exactOptional(),
    tlsPort: shape.tlsPort.removeDefault().exactOptional(),
    startAtLogin: shape.startAtLogin.removeDefault().exactOptional(),
    theme: shape.theme.removeDefault().exactOptional(),
    whenScreenLocks: shape.whenScreenLocks.removeDefault().exactOptional(),
    whenAsleep: shape.whenAsleep.removeDefault().exactOptional(),
    whenIdle: shape.whenIdle.removeDefault().exactOptional(),
    idleMinutes: shape.idleMinutes.removeDefault().exactOptional(),
    awayWaitSeconds: shape.awayWaitSeconds.removeDefault().exactOptional(),
    askForPresence: shape.askForPresence.removeDefault().exactOptional(),
    askForAdminKeys: shape.askForAdminKeys.removeDefault().exactOptional(),
    holdRequestsWhileLocked: shape.holdRequestsWhileLocked.removeDefault().exactOptional(),
    notifications: shape.notifications.removeDefault().exactOptional(),
    dailyBudgetMicroUsd: shape.dailyBudgetMicroUsd.removeDefault().exactOptional(),
    queryTokenTools: shape.queryTokenTools.removeDefault().exactOptional(),
    rotationDrainMinutes: shape.rotationDrainMinutes.removeDefault().exactOptional(),
    signingKeyDays: shape.signingKeyDays.removeDefault().exactOptional(),
    databaseKeyDays: shape.databaseKeyDays.removeDefault().exactOptional(),
    tokenSignature: shape.tokenSignature.removeDefault().exactOptional(),
    ledgerRetentionDays: shape.ledgerRetentionDays.removeDefault().exactOptional(),
    priceUpdates: shape.priceUpdates.removeDefault().exactOptional(),
    proxy: shape.proxy.removeDefault().exactOptional(),
    trustSystemCertificates: shape.trustSystemCertificates.removeDefault().exactOptional(),
    connectTimeoutSeconds: shape.connectTimeoutSeconds.removeDefault().exactOptional(),
    firstByteTimeoutSeconds: shape.firstByteTimeoutSeconds.removeDefault().exactOptional(),
    idleTimeoutSeconds: shape.idleTimeoutSeconds.removeDefault().exactOptional(),
  } satisfies Record<keyof Settings, z.ZodType>);
});
