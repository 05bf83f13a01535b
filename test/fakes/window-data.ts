import type { Grant, Policy } from '#shared/model/access.ts';
import { type Credential, goodHealth } from '#shared/model/credential.ts';
import type { PeerProcess } from '#shared/model/process.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** ISO time `ago` milliseconds before `now` (negative: after). */
export function before(now: number, ago: number): string {
  return new Date(now - ago).toISOString();
}

/** A repeatable fraction from 0 to 1 for any integer. */
export function noise(seed: number): number {
  let value = (seed + 0x6d2b79f5) | 0;
  value = Math.imul(value ^ (value >>> 15), value | 1);
  value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
  return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
}

/** Tools with their model, provider and usual dollars a working day. */
export const fakeTools = [
  {
    tool: 'Claude Code',
    models: ['claude-opus-5', 'claude-haiku-5'],
    provider: 'anthropic',
    credential: 'cred_anthropic',
    dollars: 1.9,
  },
  { tool: 'Codex', models: ['gpt-5.2'], provider: 'openai', credential: 'cred_openai', dollars: 0.7 },
  { tool: 'opencode', models: ['gemini-3-pro'], provider: 'gemini', credential: 'cred_gemini', dollars: 0.33 },
  {
    tool: 'scripts',
    models: ['gpt-5-mini', 'text-embedding-4'],
    provider: 'openai',
    credential: 'cred_openai',
    dollars: 0.14,
  },
] as const;

/** A program of the person’s, as the system tells it. */
export function peer(name: string, executable: string, folder: string, verified = true): PeerProcess {
  return {
    pid: 41_822,
    executable,
    name,
    arguments: [executable, '--continue'],
    folder,
    user: 'sam',
    startedAt: '8812345',
    parents: [
      { pid: 41_790, executable: '/usr/bin/zsh', name: 'zsh' },
      { pid: 2_210, executable: '/usr/bin/ghostty', name: 'Ghostty' },
    ],
    verified,
  };
}

/** Living and ended grants. */
export function fakeGrants(now: number): readonly Grant[] {
  const base = {
    requestId: 'req_0',
    parentGrantId: null,
    delegate: null,
    scopes: ['anthropic:chat:claude-*'],
    status: 'active',
    createdAt: before(now, 18 * minute),
    expiresAt: before(now, -42 * minute),
    endedAt: null,
    endedBy: null,
    uses: null,
    usesLeft: null,
    budgetMicroUsd: 2_000_000,
    budgetLeftMicroUsd: 1_160_000,
    spentMicroUsd: 840_000,
    untilLock: false,
    purpose: 'fix the build',
    process: peer('claude', '/usr/local/bin/claude', '/home/sam/src/site'),
    binding: { kind: 'tree', name: 'toll', root: { pid: 4_242, startedAt: '1' } },
    approvedBy: 'prompt',
  } as const satisfies Omit<Grant, 'id' | 'tool'>;
  return [
    { ...base, id: 'grant_claude', tool: 'Claude Code' },
    {
      ...base,
      ...{ id: 'grant_searcher', tool: 'Claude Code', parentGrantId: 'grant_claude', delegate: 'searcher' },
      ...{ scopes: ['anthropic:chat:claude-haiku-*'], uses: 20, usesLeft: 14, spentMicroUsd: 20_000 },
      ...{ budgetMicroUsd: 250_000, budgetLeftMicroUsd: 230_000, purpose: 'find the failing test' },
    },
    {
      ...base,
      id: 'grant_codex',
      tool: 'Codex',
      scopes: ['openai:chat'],
      untilLock: true,
      budgetMicroUsd: null,
      budgetLeftMicroUsd: null,
      expiresAt: before(now, -9 * hour),
    },
    {
      ...base,
      id: 'grant_open',
      tool: 'opencode',
      scopes: ['gemini:*'],
      budgetMicroUsd: 1_000_000,
      budgetLeftMicroUsd: 90_000,
      spentMicroUsd: 910_000,
    },
    {
      ...base,
      id: 'grant_old',
      tool: 'aider',
      status: 'ended',
      createdAt: before(now, 26 * hour),
      expiresAt: before(now, 25 * hour),
      endedAt: before(now, 25 * hour),
      endedBy: 'expired',
    },
    {
      ...base,
      id: 'grant_cut',
      tool: 'backup.py',
      status: 'ended',
      createdAt: before(now, 50 * hour),
      expiresAt: before(now, 49 * hour),
      endedAt: before(now, 49.5 * hour),
      endedBy: 'revoked by dashboard',
    },
  ];
}

/** Standing decisions, one of each effect. */
export function fakePolicies(now: number): readonly Policy[] {
  return [
    {
      id: 'policy_1',
      effect: 'allow',
      tool: 'Codex',
      scopes: ['openai:chat'],
      executable: '/usr/local/bin/codex',
      executableHash: null,
      folder: '/home/sam/src/site',
      ttlSeconds: 3_600,
      uses: null,
      budgetMicroUsd: 5_000_000,
      createdAt: before(now, 9 * day),
      createdBy: 'prompt',
    },
    {
      id: 'policy_2',
      effect: 'deny',
      tool: 'telemetry-helper',
      scopes: ['*:*'],
      executable: null,
      executableHash: null,
      folder: null,
      ttlSeconds: 900,
      uses: null,
      budgetMicroUsd: null,
      createdAt: before(now, 3 * day),
      createdBy: 'dashboard',
    },
  ];
}

/** Six keys: fresh, old, rejected, unchecked, one whose keychain item is gone, and one that its admin key is missing for. */
export function fakeCredentials(now: number): readonly Credential[] {
  const base: Omit<Credential, 'id' | 'provider' | 'label' | 'fingerprint' | 'baseUrl'> = {
    isDefault: true,
    weight: null,
    health: goodHealth,
    version: 1,
    createdAt: before(now, 40 * day),
    rotatedAt: before(now, 12 * day),
    lastUsedAt: before(now, 40 * second),
    vaultState: 'present',
    rotation: { ageDays: 12, nextAt: null, state: 'none' },
    verification: {
      checkedAt: before(now, 2 * hour),
      outcome: 'accepted',
      account: 'Sam at Example',
      models: ['gpt-5.2', 'gpt-5-mini', 'text-embedding-4'],
      message: 'OpenAI accepted the key; it reaches 3 models.',
    },
  };
  return [
    {
      ...base,
      id: 'cred_openai',
      provider: 'openai',
      label: 'Work',
      fingerprint: '\u20267f3a',
      baseUrl: 'https://api.openai.com/v1',
      rotation: { ageDays: 12, nextAt: before(now, -18 * day), state: 'running' },
    },
    {
      ...base,
      id: 'cred_anthropic',
      provider: 'anthropic',
      label: 'Anthropic',
      fingerprint: '\u2026c01d',
      baseUrl: 'https://api.anthropic.com',
      rotatedAt: before(now, 91 * day),
      rotation: { ageDays: 91, nextAt: before(now, day), state: 'due' },
      health: { state: 'cooling', until: before(now, -25 * second), reason: 'rate_limited', models: [] },
    },
    {
      ...base,
      id: 'cred_gemini',
      provider: 'gemini',
      label: 'Gemini',
      fingerprint: '\u2026aa92',
      baseUrl: 'https://generativelanguage.googleapis.com',
      rotatedAt: before(now, 3 * hour),
      rotation: { ageDays: 0, nextAt: before(now, -9 * day), state: 'scheduled' },
    },
    {
      ...base,
      id: 'cred_private',
      provider: 'openai',
      label: 'Private',
      fingerprint: '\u2026e11b',
      baseUrl: 'https://api.openai.com/v1',
      isDefault: false,
      weight: 2,
      health: { state: 'open', until: before(now, -40 * second), reason: 'key_rejected', models: [] },
      lastUsedAt: null,
      rotation: { ageDays: 12, nextAt: before(now, -2 * day), state: 'stopped' },
      verification: {
        checkedAt: before(now, day),
        outcome: 'rejected',
        account: null,
        models: [],
        message: 'OpenAI refused the key.',
      },
    },
    {
      ...base,
      id: 'cred_mistral',
      provider: 'mistral',
      label: 'Mistral',
      fingerprint: '\u20260b7c',
      baseUrl: 'https://api.mistral.ai/v1',
      lastUsedAt: before(now, 20 * day),
      verification: null,
      vaultState: 'absent',
    },
    {
      ...base,
      id: 'cred_openrouter',
      provider: 'openrouter',
      label: 'OpenRouter',
      fingerprint: '\u20262d4e',
      baseUrl: 'https://openrouter.ai/api/v1',
      rotation: { ageDays: 12, nextAt: null, state: 'paused' },
    },
  ];
}
