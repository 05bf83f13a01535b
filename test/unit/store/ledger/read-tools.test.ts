import { expect, it } from 'vitest';
import { readToolHistory } from '#main/store/ledger/read-tools.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';
import { ledgerDatabase, writeRecords } from './open-test-ledger.ts';

const at = (hour: string, requestId: string) => ({ startedAt: `2026-11-${hour}:30:00.000Z`, requestId });

it('tells each tool\u2019s hours and models, without calls that were refused', () => {
  const database = ledgerDatabase();
  writeRecords(database, [
    usageRecord(at('01T09', 'old')),
    usageRecord(at('20T09', 'a')),
    usageRecord(at('20T09', 'b')),
    usageRecord({ ...at('20T11', 'c'), model: null, provider: 'openai', costMicroUsd: null }),
    usageRecord({ ...at('20T12', 'd'), outcome: 'denied', provider: 'gemini' }),
    usageRecord({ ...at('20T13', 'e'), outcome: 'upstream_error', model: 'typo', costMicroUsd: 0 }),
    usageRecord({ ...at('20T14', 'f'), tool: null }),
    usageRecord({ ...at('20T10', 'g'), tool: 'aider' }),
  ]);
  const history = readToolHistory(database, Date.parse('2026-11-10T00:00:00Z'));
  const hour = (text: string) => Date.parse(`2026-11-${text}:00:00Z`);
  expect(history.toSorted((left, right) => left.tool.localeCompare(right.tool))).toEqual([
    {
      tool: 'aider',
      hours: [{ at: hour('20T10'), calls: 1, costMicroUsd: 1_500 }],
      models: [{ provider: 'anthropic', model: 'claude-sonnet-4-5' }],
    },
    {
      tool: 'claude-code',
      hours: [
        { at: hour('20T09'), calls: 2, costMicroUsd: 3_000 },
        { at: hour('20T11'), calls: 1, costMicroUsd: 0 },
        { at: hour('20T13'), calls: 1, costMicroUsd: 0 },
      ],
      models: [
        { provider: 'anthropic', model: 'claude-sonnet-4-5' },
        { provider: 'openai', model: null },
      ],
    },
  ]);
});
