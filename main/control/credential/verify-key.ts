import type { Clock } from '#shared/model/clock.ts';
import type { Verification } from '#shared/model/credential.ts';
import type { Provider } from '#shared/model/provider.ts';

/** Milliseconds a provider has to answer. */
export const verifyDeadlineMs = 10_000;

/** Bytes of the answer that are read; the longest model lists are a fraction of it. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** Model ids that are kept. */
const maxModels = 2_000;

/** A key and where it goes. */
export interface KeyTrial {
  readonly provider: Provider;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly secret: string;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
}

/**
 * Tries a key by one cheap GET and says what it found. Never rejects: an upstream that can't be asked is the outcome
 * `unreachable`. Redirects are not followed, since the key would travel with them. No message holds the key or the answer's text.
 */
export async function verifyKey(trial: KeyTrial): Promise<Verification> {
  const checkedAt = new Date(trial.clock.now()).toISOString();
  const nothing = { checkedAt, account: null, models: [] };
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), verifyDeadlineMs);
  try {
    const response = await trial.fetch(`${trial.baseUrl}${trial.provider.check.path}`, {
      headers: requestHeaders(trial),
      redirect: 'error',
      signal: deadline.signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      return { ...nothing, ...judgeRefusal(response.status, trial) };
    }
    const found = readFacts(await readAnswer(response), response.headers, trial.provider);
    return { checkedAt, outcome: 'accepted', ...found, message: describe(trial) };
  } catch {
    const why = deadline.signal.aborted
      ? `did not answer within ${verifyDeadlineMs / 1_000} seconds`
      : 'could not be reached';
    return { ...nothing, outcome: 'unreachable', message: `${trial.provider.name} ${why} at ${trial.baseUrl}.` };
  } finally {
    clearTimeout(timer);
  }
}

function requestHeaders({ provider, secret }: KeyTrial): Record<string, string> {
  const headers: Record<string, string> = { accept: 'application/json', ...provider.requiredHeaders };
  if (secret !== '') headers[provider.key.header] = `${provider.key.prefix}${secret}`;
  return headers;
}

/** 400 counts as a refusal of the key: several providers answer a bad key so, and the request has nothing else to be wrong. */
function judgeRefusal(status: number, { provider, baseUrl }: KeyTrial): Pick<Verification, 'outcome' | 'message'> {
  if (status === 400 || status === 401 || status === 403)
    return { outcome: 'rejected', message: `${provider.name} refused this key (HTTP ${status}).` };
  return {
    outcome: 'unreachable',
    message: `${baseUrl} answered HTTP ${status}, so the key could not be tried. Is the base URL right?`,
  };
}

interface Facts {
  readonly account: string | null;
  readonly models: string[];
}

function readFacts(answer: unknown, headers: Headers, { check }: Provider): Facts {
  return { account: readAccount(answer, headers, check.account), models: readModels(answer, check) };
}

function readAccount(answer: unknown, headers: Headers, source: string | null): string | null {
  if (source === null) return null;
  const value = source.startsWith('header:') ? headers.get(source.slice('header:'.length)) : valueAt(answer, source);
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : null;
}

function readModels(answer: unknown, { modelList, modelId }: Provider['check']): string[] {
  const list = modelList === null ? null : valueAt(answer, modelList);
  if (!Array.isArray(list)) return [];
  const ids = list.map((entry: unknown) => (typeof entry === 'string' ? entry : valueAt(entry, modelId)));
  return ids.filter((id) => typeof id === 'string').slice(0, maxModels);
}

/** The value at a dotted path; the whole for an empty one. */
function valueAt(value: unknown, path: string): unknown {
  if (path === '') return value;
  return path.split('.').reduce<unknown>((inner, name) => {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, name)) return undefined;
    return (inner as Readonly<Record<string, unknown>>)[name];
  }, value);
}

/** The parsed body; undefined when it is no JSON or too long to be one of ours. */
async function readAnswer(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxAnswerBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

function describe({ provider, secret }: KeyTrial): string {
  return secret === '' ? `${provider.name} answered.` : `${provider.name} accepted the key.`;
}
