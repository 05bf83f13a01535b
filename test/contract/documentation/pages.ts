import type { ZodType } from 'zod';
import { ipcChannels, shellActs } from '#shared/contract/ipc.ts';
import { operations } from '#shared/contract/operations.ts';
import { errorDefinitions } from '#shared/model/error.ts';
import { capabilities } from '#shared/model/scope.ts';
import { type Settings, settingsSchema } from '#shared/model/settings.ts';
import { attacksPage } from './attacks-page.ts';
import { cliPage } from './cli-page.ts';
import { connectorsPage } from './connectors-page.ts';
import { code, origin, page, table } from './markdown.ts';
import { providersPage } from './providers-page.ts';
import { standardsPage } from './standards-page.ts';
import { watchPage } from './watch-page.ts';

/** docs/errors.md. */
function errorsPage(): string {
  return page(
    '# Error codes',
    origin('shared/model/error.ts'),
    'Codes are stable: programs may branch on them, messages may change. The gateway puts the code into the error object of the protocol that was called: `error.code` in OpenAI\u2019s and Anthropic\u2019s, `error.details[0].metadata.code` in Gemini\u2019s. The CLI prints `{"error":{"code","message"}}` on stderr. *Again* means that the same call may succeed later without anybody changing anything.',
    table(
      ['code', 'HTTP', 'again', 'message'],
      Object.entries(errorDefinitions).map(([name, definition]) => [
        code(name),
        String(definition.status),
        definition.retryable ? 'yes' : 'no',
        definition.message,
      ]),
    ),
  );
}

/** What docs/scopes.md shows; the test parses each of them. */
export const scopeExamples: Readonly<Record<string, string>> = {
  'openai:chat:gpt-5*': 'Chat with OpenAI models whose id begins with `gpt-5`',
  'anthropic:chat': 'Chat with every Anthropic model',
  '*:models': 'List the models of every provider',
  'gemini:*': 'Everything the gateway passes on to Gemini',
  'openrouter:chat:anthropic/*': 'Chat with Anthropic\u2019s models at OpenRouter',
  'ollama:chat:llama3.2:3b': 'Chat with one local model',
};

/** docs/scopes.md. */
function scopesPage(): string {
  return page(
    '# Scopes',
    origin('shared/model/scope.ts'),
    'A scope says what a token may do: `PROVIDER:CAPABILITY` or `PROVIDER:CAPABILITY:MODEL-GLOB`. Several are separated by spaces. `*` stands for any provider or any capability; in a model glob it stands for any run of characters, and it is the only special one. Model ids are compared as the provider spells them, case included. What no scope names is refused; so is a request whose model can\u2019t be told where the scope names one.',
    'An alias needs no scope of its own: the scope must cover the model that is really called. Models behind the alias that it does not cover are passed over; where it covers none, `insufficient_scope` names what the first would need.',
    table(
      ['capability', 'lets a tool'],
      Object.entries(capabilities).map(([name, { phrase }]) => [code(name), `${phrase} the provider`]),
    ),
    table(
      ['example', 'means'],
      Object.entries(scopeExamples).map(([scope, meaning]) => [code(scope), meaning]),
    ),
    'Which endpoint needs which capability is in [providers.md](providers.md). `realtime` is for live sessions, which run over a WebSocket; a responses session is `chat`, as the same calls over HTTP are.',
  );
}

const settingDescriptions = {
  port: 'Port of the gateway; 0 picks a free one. Takes effect at the next start; `--port` and `TOLLKEEPER_PORT` go before it.',
  tls: 'Speak TLS as well, on a port of its own, with a certificate that is made here. `toll tls certificate` says how tools learn to trust it.',
  tlsPort: 'Port of the TLS door; 0 picks a free one.',
  startAtLogin: 'Start the app when you log in.',
  theme: 'Colours of the windows: as the system has them, light, or dark.',
  whenScreenLocks:
    'What happens when the screen locks: `go-on` changes nothing; `wait` takes the keys from the gateway and lets calls wait until you are back; `refuse` takes the keys and refuses calls; `end` takes the keys and ends every grant.',
  whenAsleep: 'The same for a machine that goes to sleep.',
  whenIdle: 'The same for a machine that nobody has touched for `idleMinutes`.',
  idleMinutes: 'Minutes without a touch until the machine counts as left; 1 to 1440.',
  awayWaitSeconds:
    'Seconds that a call waits for you at most before it is refused with `owner_away` and a Retry-After; 1 to 3600.',
  holdRequestsWhileLocked:
    'Let time stand still for requests for access while the screen is locked, the machine sleeps, or it was left.',
  askForPresence:
    'Ask the system that it is really you (Touch ID, polkit) before what is most sensitive. Only where the system can.',
  askForAdminKeys:
    'The same each time an admin key is about to be used, also for a change that a schedule began: that stops until you are there.',
  notifications:
    'Also show a notification when a tool asks, when a budget reaches one of its warnings, when something irregular is noticed, and when the change of a key needs you.',
  dailyBudgetMicroUsd:
    'The day\u2019s budget that the overview draws, in micro-dollars; null for none. It warns, it does not block.',
  queryTokenTools: 'Tools that may send their token as `?key=` in the address.',
  rotationDrainMinutes:
    'Minutes for which the change of a key waits for calls that still run with the other key, 1 to 10080; then it stops and asks you. It cuts none by itself.',
  databaseKeyDays: 'Days until the databases are encrypted with another key; 0 changes it only when asked to.',
  ledgerRetentionDays: 'Usage records older than this many days are deleted; 0 keeps them for ever.',
  signingKeyDays: 'Days until another key signs the tokens, 1 to 3650. `toll signing-key rotate` does it at any time.',
  tokenSignature:
    'What tokens are signed with: `ES256`, or `RS256` for something that verifies them itself and knows no other. A change makes a new key at once, which signs a quarter of an hour later.',
  priceUpdates:
    'Fetch the newest price list once a week from the npm registry, or only when asked (`toll prices update`). Nothing about you is sent.',
  proxy:
    'The proxy towards providers: `environment` takes HTTPS_PROXY, ALL_PROXY and NO_PROXY, `none` goes straight, or an http(s) URL without a password. Addresses of this machine are never reached through one.',
  trustSystemCertificates:
    'Trust the certificates of the system\u2019s store besides the built-in ones; those of NODE_EXTRA_CA_CERTS and SSL_CERT_FILE are trusted in any case.',
  connectTimeoutSeconds: 'Seconds until a connection to a provider stands, proxy and TLS included; 1 to 120.',
  firstByteTimeoutSeconds: 'Seconds a provider may take until its answer begins; 1 to 3600.',
  idleTimeoutSeconds: 'Seconds a provider may be silent within an answer or a live session; 1 to 3600.',
} as const satisfies Record<keyof Settings, string>;

/** docs/settings.md. */
function settingsPage(): string {
  const defaults = settingsSchema.parse({});
  return page(
    '# Settings',
    origin('shared/model/settings.ts'),
    'Settings are changed in the dashboard, or with `toll settings set NAME VALUE`. They are kept in the registry, encrypted like the rest of it.',
    table(
      ['setting', 'default', 'what it does'],
      Object.entries(defaults).map(([name, value]) => [
        code(name),
        code(JSON.stringify(value)),
        settingDescriptions[name as keyof Settings] ?? '',
      ]),
    ),
  );
}

function fields(schema: ZodType): string {
  const shape = 'shape' in schema && typeof schema.shape === 'object' && schema.shape !== null ? schema.shape : {};
  return Object.keys(shape).map(code).join(', ');
}

/** docs/operations.md. */
function operationsPage(): string {
  return page(
    '# Operations',
    origin('shared/contract/'),
    'Everything that manages Tollkeeper is one of these operations. Two doors lead to them: the control socket (`cli`), which only the user\u2019s own programs can open, and the app\u2019s own windows (`ipc`). The gateway\u2019s port leads to none.',
    table(
      ['operation', 'doors', 'input'],
      Object.entries(operations).map(([name, { doors, input }]) => [code(name), doors.join(', '), fields(input)]),
    ),
    '## Channels of the windows',
    table(
      ['channel', 'name'],
      Object.entries(ipcChannels).map(([name, channel]) => [name, code(channel)]),
    ),
    'Acts of the desktop shell, on the shell channel:',
    table(
      ['act', 'input'],
      Object.entries(shellActs).map(([name, { input }]) => [code(name), fields(input)]),
    ),
  );
}

/** Every page that is written from a table of the source, by its path. */
export const pages: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/connectors.md': connectorsPage,
  'docs/providers.md': providersPage,
  'docs/errors.md': errorsPage,
  'docs/scopes.md': scopesPage,
  'docs/settings.md': settingsPage,
  'docs/operations.md': operationsPage,
  'docs/cli.md': cliPage,
  'docs/attacks.md': attacksPage,
  'docs/watch.md': watchPage,
  'docs/standards.md': standardsPage,
};
