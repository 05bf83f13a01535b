import type { AuditEntry } from '#shared/model/audit.ts';
import type { RunningRequest, UsageRecord } from '#shared/model/usage.ts';
import { before, fakeTools, noise } from './window-data.ts';

const second = 1_000;
const minute = 60 * second;

/** The `index`-th newest of an endless ledger. */
export function fakeRecord(index: number, now: number): UsageRecord {
  const who = fakeTools[Math.floor(noise(index) ** 1.6 * fakeTools.length)] ?? fakeTools[0];
  const luck = noise(index + 7_919);
  const outcome = luck > 0.985 ? 'denied' : luck > 0.975 ? 'upstream_error' : luck > 0.965 ? 'client_aborted' : 'ok';
  const inputTokens = outcome === 'denied' ? 0 : Math.floor(400 + noise(index + 13) * 24_000);
  return {
    requestId: `r_${(0xabc000 + index).toString(36)}`,
    startedAt: before(now, index * 26 * second + Math.floor(noise(index) * 20_000)),
    tool: who.tool,
    grantId: 'grant_claude',
    tokenId: 'token_1',
    credentialId: who.credential,
    provider: who.provider,
    model: who.models[index % who.models.length] ?? null,
    endpoint: who.provider === 'anthropic' ? 'POST /anthropic/v1/messages' : 'POST /openai/v1/chat/completions',
    stream: index % 3 !== 0,
    status: outcome === 'denied' ? 403 : outcome === 'upstream_error' ? 529 : 200,
    outcome,
    errorCode: outcome === 'denied' ? 'insufficient_scope' : null,
    inputTokens,
    cachedInputTokens: Math.floor(inputTokens * 0.71),
    cacheWriteTokens: 0,
    outputTokens: outcome === 'denied' ? 0 : Math.floor(noise(index + 31) * 1_800),
    reasoningTokens: 0,
    costMicroUsd: index % 97 === 5 ? null : Math.floor(inputTokens * 0.9),
    priceVersion: 'genai-prices 2026-11-01',
    ...(index % 11 === 3 ? { estimated: true } : {}),
    latencyMs: Math.floor(300 + noise(index + 3) * 9_000),
    firstByteMs: Math.floor(180 + noise(index + 5) * 900),
  };
}

/** Requests in flight. */
export function fakeRunning(now: number): readonly RunningRequest[] {
  const base = {
    grantId: 'grant_claude',
    credentialId: 'cred_anthropic',
    tokenId: 'token_1',
    endpoint: 'POST /anthropic/v1/messages',
    stream: true,
  };
  return [
    {
      ...base,
      requestId: 'r_1',
      startedAt: before(now, 42 * second),
      tool: 'Claude Code',
      provider: 'anthropic',
      model: 'claude-opus-5',
      outputTokens: 1_204,
      costMicroUsd: 90_000,
    },
    {
      ...base,
      requestId: 'r_2',
      startedAt: before(now, 12 * second),
      tool: 'Codex',
      provider: 'openai',
      model: 'gpt-5.2',
      outputTokens: 310,
      costMicroUsd: 10_000,
    },
  ];
}

/** A short audit log, newest first. */
export function fakeAudit(now: number): readonly AuditEntry[] {
  const events = [
    ['access-requested', 'control-socket', 'req_claude', { tool: 'Claude Code', scopes: 'anthropic:chat:claude-*' }],
    ['access-granted', 'prompt', 'grant_codex', { tool: 'Codex', ttlSeconds: 3_600 }],
    ['token-issued', 'system', 'token_1', { grantId: 'grant_codex' }],
    ['credential-verified', 'dashboard', 'cred_openai', { outcome: 'accepted' }],
    ['access-denied', 'prompt', 'req_x', { tool: 'telemetry-helper' }],
    ['credential-added', 'dashboard', 'cred_gemini', { provider: 'gemini', fingerprint: '\u2026aa92' }],
    ['gateway-started', 'system', 'gateway', { port: 8_377 }],
  ] as const;
  return Array.from({ length: 140 }, (_, index) => {
    const [event, actor, subject, detail] = events[index % events.length] ?? events[0];
    const hash = Array.from({ length: 64 }, (_unused, at) => Math.floor(noise(index * 64 + at) * 16).toString(16)).join(
      '',
    );
    return { sequence: 140 - index, at: before(now, index * 11 * minute), event, actor, subject, detail, hash };
  });
}
