import type {
  IpcAnswer,
  IpcEvent,
  IpcOperation,
  ShellAct,
  ShellInput,
  ShellOutput,
  WindowApi,
} from '#shared/contract/ipc.ts';
import type { OperationInput, OperationOutput } from '#shared/contract/operations.ts';
import type { ChangeTopic, Status } from '#shared/contract/status.ts';
import type { AccessRequest, Grant, Policy } from '#shared/model/access.ts';
import type { SilencedTool } from '#shared/model/asked-request.ts';
import type { CertificateFacts } from '#shared/model/certificate.ts';
import type { Credential } from '#shared/model/credential.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import { type Settings, settingsSchema } from '#shared/model/settings.ts';
import type { UsageBucket, UsageFilter, UsageRecord, UsageTotals } from '#shared/model/usage.ts';
import { customDefinitionId, providers } from '#shared/provider/index.ts';
import { createAlertHandlers } from './window-alerts.ts';
import { fakeCredentials, fakeGrants, fakePolicies, fakeTools, noise } from './window-data.ts';
import { fakeAudit, fakeRecord, fakeRunning } from './window-ledger.ts';
import { createPriceHandlers, fakeExplanation } from './window-prices.ts';
import { fakeReport, fakeRequests, fakeSilenced } from './window-requests.ts';
import { createRotationHandlers } from './window-rotations.ts';
import { createRuleHandlers } from './window-rules.ts';

const day = 86_400_000;

/** What the stand-in pretends. */
export interface FakeWindowOptions {
  /** `full` has a month of use; `empty` is a first start. */
  readonly mode: 'full' | 'empty';
  readonly now: number;
  readonly theme?: Settings['theme'];
  readonly status?: Partial<Status>;
  /** How many requests wait, from none to six; the last two in the inbox. */
  readonly waiting?: number;
  /** Id of the only request that waits. */
  readonly only?: string;
  /** Rows of the ledger. */
  readonly rows?: number;
}

/** A stand-in for the preload's `window.api`, with the calls it got and a way to send events. */
export interface FakeWindowApi extends WindowApi {
  readonly calls: { readonly name: string; readonly input: unknown }[];
  emit(event: IpcEvent): void;
}

interface FakeState {
  credentials: readonly Credential[];
  requests: readonly AccessRequest[];
  silenced: readonly SilencedTool[];
  settings: Settings;
  grants: readonly Grant[];
  policies: readonly Policy[];
}

type Handlers = { [N in IpcOperation]?: (input: OperationInput<N>) => OperationOutput<N> };

/** What answers even while the vault is locked. */
const withoutVault: readonly string[] = ['status.read', 'provider.list', 'doctor.run'];

function fakeStatus(options: FakeWindowOptions, requests: readonly AccessRequest[]): Status {
  const isFull = options.mode === 'full';
  return {
    version: '0.1.0',
    mode: 'app',
    pid: 4_242,
    home: '/home/sam/.config/tollkeeper',
    gateway: {
      state: 'running',
      url: 'http://127.0.0.1:8377',
      pid: 4_250,
      restarts: 0,
      message: null,
      socketPath: null,
      tls: null,
    },
    vault: { kind: 'keychain', state: 'ready', message: null },
    ledger: { state: 'ready', pendingRows: 0, message: null },
    waitingRequests: requests.length,
    activeGrants: isFull ? 3 : 0,
    runningRequests: isFull ? 2 : 0,
    screenLocked: false,
    priceVersion: 'genai-prices 2026-11-01',
    ...options.status,
  };
}

function totals(requests: number): UsageTotals {
  return {
    requests,
    denied: requests === 0 ? 0 : 41,
    failed: requests === 0 ? 0 : 6,
    inputTokens: requests * 2_100,
    cachedInputTokens: requests * 1_491,
    outputTokens: requests * 165,
    costMicroUsd: requests * 4_725,
    unpricedRequests: requests === 0 ? 0 : 12,
    estimatedRequests: requests === 0 ? 0 : 40,
    medianLatencyMs: requests === 0 ? null : 1_840,
    p95LatencyMs: requests === 0 ? null : 9_600,
  };
}

function buckets(input: OperationInput<'usage.overview'>): UsageBucket[] {
  const step = input.bucket === 'hour' ? 3_600_000 : day;
  const start = Date.parse(input.since);
  const count = Math.round((Date.parse(input.until) - start) / step);
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const at = start + index * step;
    const weekday = new Date(at).getDay();
    const load =
      (weekday === 0 || weekday === 6 ? 0.18 : 0.6 + noise(index) * 0.6) / (input.bucket === 'hour' ? 12 : 1);
    return fakeTools.map((who, which) => {
      const keys = { tool: who.tool, model: who.models[0], provider: who.provider, credential: who.credential };
      const costMicroUsd = Math.round(who.dollars * load * (0.7 + noise(index * 4 + which) * 0.6) * 1e6);
      return {
        at: new Date(at).toISOString(),
        key: keys[input.by],
        requests: Math.round(costMicroUsd / 4_000),
        costMicroUsd,
        inputTokens: costMicroUsd,
        outputTokens: costMicroUsd / 10,
      };
    });
  });
}

function latencies(input: OperationInput<'usage.overview'>): OperationOutput<'usage.overview'>['latencies'] {
  const starts = new Set(buckets(input).map((bucket) => bucket.at));
  return [...starts].map((at, index) => ({ at, medianLatencyMs: Math.round(1_200 + noise(index) * 1_400) }));
}

function overview(input: OperationInput<'usage.overview'>): OperationOutput<'usage.overview'> {
  const shares = [0.54, 0.17, 0.16, 0.13];
  return {
    totals: totals(18_240),
    previous: totals(20_700),
    today: totals(722),
    buckets: buckets(input),
    latencies: latencies(input),
    byTool: fakeTools.map((who, index) => {
      const requests = Math.round(18_240 * (shares[index] ?? 0.1));
      return {
        key: who.tool,
        models: [...who.models],
        requests,
        inputTokens: requests * 2_600,
        cachedInputTokens: requests * 1_800,
        outputTokens: requests * 160,
        costMicroUsd: Math.round(86_200_000 * (shares[index] ?? 0.1)),
        unpricedRequests: 0,
        estimatedRequests: index === 3 ? 40 : 0,
      };
    }),
  };
}

const nothingUsed = {
  totals: totals(0),
  previous: totals(0),
  today: totals(0),
  buckets: [],
  latencies: [],
  byTool: [],
};

const scannedRows = 5_000;

function fakeMatches(filter: UsageFilter, rows: number, now: number): UsageRecord[] {
  const { since = '', text = '', until: _until, ...exact } = filter;
  return Array.from({ length: rows }, (_, index) => fakeRecord(index, now)).filter(
    (record) =>
      record.startedAt >= since &&
      JSON.stringify(record).includes(text) &&
      Object.entries(exact).every(([name, value]) => record[name as keyof UsageRecord] === value),
  );
}

function readHandlers(options: FakeWindowOptions, state: FakeState): Handlers {
  const { now } = options;
  const isFull = options.mode === 'full';
  const rows = isFull ? (options.rows ?? 100_000) : 0;
  return {
    'status.read': () => fakeStatus(options, state.requests),
    'settings.read': () => state.settings,
    'provider.list': () =>
      Object.values(providers)
        .filter(({ id }) => id !== customDefinitionId)
        .map(({ id, name, local, baseUrl, basePath, consoleUrl, keyForm, environment }) => ({
          id,
          name,
          local,
          baseUrl,
          basePath,
          consoleUrl,
          keyExample: keyForm?.example ?? null,
          environment: { ...environment },
          custom: false,
        })),
    'credential.list': () => [...state.credentials],
    'request.list': () => [...state.requests],
    'request.silenced': () => [...state.silenced],
    'approval.report': ({ days }) => (isFull ? fakeReport(now, days) : { days: [], suggestions: [] }),
    'grant.list': (input) => state.grants.filter((grant) => input.includeEnded || grant.status === 'active'),
    'policy.list': () => [...state.policies],
    'usage.overview': (input) => (isFull ? overview(input) : nothingUsed),
    'usage.running': () => (isFull ? [...fakeRunning(now)] : []),
    'usage.facets': () => ({
      tools: fakeTools.map((who) => who.tool),
      providers: ['anthropic', 'openai', 'gemini'],
      models: fakeTools.flatMap((who) => [...who.models]),
    }),
    'usage.list': ({ filter, offset, limit }) => {
      if (Object.keys(filter).length > 0) {
        const found = fakeMatches(filter, Math.min(rows, scannedRows), now);
        return { total: found.length, offset, records: found.slice(offset, offset + limit) };
      }
      const length = Math.max(0, Math.min(limit, rows - offset));
      return { total: rows, offset, records: Array.from({ length }, (_, index) => fakeRecord(offset + index, now)) };
    },
    'usage.explain': ({ requestId }) => {
      const [record] = fakeMatches({ requestId }, Math.min(rows, scannedRows), now);
      if (record === undefined) throw new TollkeeperError('not_found');
      return fakeExplanation(record);
    },
    'audit.list': ({ limit, beforeSequence, text = '' }) =>
      isFull
        ? fakeAudit(now)
            .filter((entry) => entry.sequence < (beforeSequence ?? Number.POSITIVE_INFINITY))
            .filter((entry) => JSON.stringify(entry).toLowerCase().includes(text.toLowerCase()))
            .slice(0, limit)
        : [],
    'audit.verify': () => ({ entries: 140, intact: true, brokenAt: null }),
    'databaseKey.read': () => ({
      ...{ createdAt: new Date(Date.now() - 118 * 24 * 60 * 60 * 1_000).toISOString(), nextAt: null },
      ...{ step: null, problem: null },
    }),
    'tls.read': () => ({
      enabled: state.settings.tls,
      url: state.settings.tls ? `https://127.0.0.1:${state.settings.tlsPort}` : null,
      message: null,
      certificate: fakeCertificate(now),
      authority: fakeCertificate(now),
      files: {
        authority: '/home/sam/.config/tollkeeper/certificates/authority.pem',
        bundle: '/home/sam/.config/tollkeeper/certificates/bundle.pem',
      },
    }),
    'doctor.run': () => [
      { id: 'vault', title: 'Keychain', state: 'ok', message: 'The keychain is open.' },
      { id: 'clock', title: 'Clock', state: 'warning', message: 'The clock is 40 s off; signatures may be refused.' },
    ],
  };
}

function fakeCertificate(now: number): CertificateFacts {
  return {
    serial: '6f23b4891d870ac9f4f6a09b5ecb02fb',
    validFrom: new Date(now - day).toISOString(),
    validUntil: new Date(now + 90 * day).toISOString(),
    fingerprint: Array.from({ length: 32 }, () => 'A7').join(':'),
  };
}

function pretendShell<N extends ShellAct>(name: N): ShellOutput<N> {
  const answers: { readonly [A in ShellAct]: ShellOutput<A> } = {
    'clipboard.copy': {},
    'external.open': {},
    'usage.export': { path: '/home/sam/usage.csv', rows: 100_000 },
    'prompt.painted': {},
    'prompt.hide': {},
    'dashboard.open': {},
    'app.platform': { platform: 'linux', canStartAtLogin: true, canLockDetect: true, presence: 'polkit' },
  };
  return answers[name];
}

/** Makes a stand-in whose data is the same for the same options; answering a request takes it off the list. */
export function createFakeWindowApi(options: FakeWindowOptions): FakeWindowApi {
  const listeners = new Set<(event: IpcEvent) => void>();
  const calls: { name: string; input: unknown }[] = [];
  const settings = settingsSchema.parse({
    theme: options.theme ?? 'system',
    dailyBudgetMicroUsd: options.mode === 'full' ? 10_000_000 : null,
    tls: options.mode === 'full',
    ...(options.mode === 'full' ? { whenScreenLocks: 'wait', whenAsleep: 'refuse', whenIdle: 'end' } : {}),
  });
  const state: FakeState = {
    credentials: options.mode === 'full' ? fakeCredentials(options.now) : [],
    requests: fakeRequests(options.now)
      .filter(({ id }) => id === (options.only ?? id))
      .slice(0, options.waiting ?? (options.mode === 'full' ? undefined : 0)),
    silenced: options.mode === 'full' ? fakeSilenced(options.now) : [],
    settings,
    grants: options.mode === 'full' ? fakeGrants(options.now) : [],
    policies: options.mode === 'full' ? fakePolicies(options.now) : [],
  };
  const emit = (event: IpcEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const answerRequest = (id: string): void => {
    state.requests = state.requests.filter((request) => request.id !== id);
    queueMicrotask(() => emit({ type: 'changed', topics: ['requests', 'status'] }));
  };
  const changed = (...topics: readonly ChangeTopic[]): void => queueMicrotask(() => emit({ type: 'changed', topics }));
  const endGrants = (endedBy: string, isMeant: (grant: Grant) => boolean): number => {
    const meant = state.grants.filter((grant) => grant.status === 'active' && isMeant(grant));
    const endedAt = new Date(options.now).toISOString();
    state.grants = state.grants.map((grant) =>
      meant.includes(grant) ? { ...grant, status: 'ended', endedAt, endedBy } : grant,
    );
    changed('grants', 'status');
    return meant.length;
  };
  const handlers: Handlers = {
    ...readHandlers(options, state),
    ...createRuleHandlers(options, changed),
    ...createAlertHandlers(options, changed),
    ...createPriceHandlers(options, changed),
    ...createRotationHandlers(options, changed),
    'grant.topUp': ({ id, amountMicroUsd }) => {
      const budget = (grant: Grant): number => (grant.budgetMicroUsd ?? 0) + amountMicroUsd;
      state.grants = state.grants.map((grant) =>
        grant.id === id
          ? { ...grant, budgetMicroUsd: budget(grant), budgetLeftMicroUsd: budget(grant) - grant.spentMicroUsd }
          : grant,
      );
      changed('grants');
      return state.grants.find((grant) => grant.id === id) as Grant;
    },
    'grant.revoke': ({ id }) => {
      endGrants('revoked by dashboard', (grant) => grant.id === id);
      return {};
    },
    panic: () => {
      const requestsDenied = state.requests.length;
      state.requests = [];
      changed('requests');
      const grantsEnded = endGrants('panic', () => true);
      return { grantsEnded, requestsDenied, callsCut: 2, streamsCut: 2, durationMs: 9, gatewayAnswered: true };
    },
    'policy.add': (draft) => {
      const createdAt = new Date(options.now).toISOString();
      const policy: Policy = {
        ...draft,
        executableHash: draft.executableHash ?? null,
        id: `policy_${state.policies.length + 1}`,
        createdAt,
        createdBy: 'dashboard',
      };
      state.policies = [...state.policies, policy];
      changed('policies');
      return policy;
    },
    'policy.remove': ({ id }) => {
      state.policies = state.policies.filter((policy) => policy.id !== id);
      changed('policies');
      return {};
    },
    'credential.setWeight': ({ id, weight }) => {
      state.credentials = state.credentials.map((key) => (key.id === id ? { ...key, weight } : key));
      changed('credentials');
      return state.credentials.find((key) => key.id === id) as Credential;
    },
    'request.approve': ({ id }) => {
      answerRequest(id);
      return { grantId: 'grant_new' };
    },
    'request.deny': ({ id }) => {
      answerRequest(id);
      return {};
    },
    'request.listen': ({ id }) => {
      state.silenced = state.silenced.filter((silenced) => silenced.id !== id);
      changed('requests');
      return {};
    },
    'settings.update': (input) => {
      state.settings = settingsSchema.parse({ ...state.settings, ...input });
      queueMicrotask(() => emit({ type: 'changed', topics: ['settings'] }));
      return state.settings;
    },
  };
  return {
    calls,
    emit,
    call: async <N extends IpcOperation>(name: N, input: OperationInput<N>): Promise<IpcAnswer<OperationOutput<N>>> => {
      calls.push({ name, input });
      const isLocked = options.status?.vault !== undefined && options.status.vault.state !== 'ready';
      if (isLocked && !withoutVault.includes(name))
        return { ok: false, error: toErrorDocument(new TollkeeperError('vault_locked')) };
      const handler: Handlers[N] = handlers[name];
      if (handler === undefined)
        return { ok: false, error: { code: 'internal', message: `The stand-in has no ${name}.` } };
      return { ok: true, value: handler(input) };
    },
    shell: async <N extends ShellAct>(name: N, input: ShellInput<N>): Promise<IpcAnswer<ShellOutput<N>>> => {
      calls.push({ name, input });
      return { ok: true, value: pretendShell(name) };
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
