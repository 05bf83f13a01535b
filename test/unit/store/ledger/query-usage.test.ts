import { describe, expect, test } from 'vitest';
import { listFacets, listRecords, readLastUsed } from '#main/store/ledger/query-usage.ts';
import type { UsageFilter, UsageRecord } from '#shared/model/usage.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';
import { ledgerDatabase, writeRecords } from './open-test-ledger.ts';

function holding(records: readonly UsageRecord[]) {
  const database = ledgerDatabase();
  writeRecords(database, records);
  const found = (filter: UsageFilter) =>
    listRecords(database, { filter, offset: 0, limit: 100 }).records.map(({ requestId }) => requestId);
  return { database, found };
}

const minute = (number: number) => `2026-11-22T09:0${number}:00.000Z`;

describe('listRecords', () => {
  test('gives every field back as it was written', () => {
    const bare = usageRecord({
      requestId: 'bare',
      tool: null,
      grantId: null,
      tokenId: null,
      credentialId: null,
      provider: null,
      model: null,
      stream: false,
      outcome: 'denied',
      errorCode: 'invalid_token',
      costMicroUsd: null,
      priceVersion: null,
      firstByteMs: null,
    });
    const { database } = holding([usageRecord(), bare]);
    expect(listRecords(database, { filter: {}, offset: 0, limit: 10 })).toEqual({
      total: 2,
      offset: 0,
      records: [bare, usageRecord()],
    });
    database.close();
  });

  test('pages through newest first', () => {
    const { database } = holding(
      [1, 2, 3, 4, 5].map((number) => usageRecord({ requestId: `r${number}`, startedAt: minute(number) })),
    );
    const page = listRecords(database, { filter: {}, offset: 1, limit: 2 });
    expect(page.total).toBe(5);
    expect(page.records.map(({ requestId }) => requestId)).toEqual(['r4', 'r3']);
    database.close();
  });

  test('filters by each field', () => {
    const { database, found } = holding([
      usageRecord({ requestId: 'a', startedAt: minute(1), tool: 'zed', provider: 'openai', model: 'gpt-5' }),
      usageRecord({
        requestId: 'b',
        startedAt: minute(2),
        credentialId: 'cred_2',
        grantId: 'grant_2',
        outcome: 'denied',
      }),
    ]);
    expect(found({ tool: 'zed' })).toEqual(['a']);
    expect(found({ provider: 'openai', model: 'gpt-5' })).toEqual(['a']);
    expect(found({ provider: 'openai', model: 'other' })).toEqual([]);
    expect(found({ credentialId: 'cred_2' })).toEqual(['b']);
    expect(found({ grantId: 'grant_2' })).toEqual(['b']);
    expect(found({ outcome: 'ok' })).toEqual(['a']);
    expect(found({ since: minute(2) })).toEqual(['b']);
    expect(found({ until: minute(2) })).toEqual(['a']);
    database.close();
  });

  test('finds text literally, whatever it holds', () => {
    const { database, found } = holding([
      usageRecord({ requestId: 'plain', model: 'gpt_5' }),
      usageRecord({ requestId: 'odd', model: 'gpt%5' }),
      usageRecord({ requestId: 'other', model: null, errorCode: 'budget_exceeded' }),
    ]);
    expect(found({ text: 'GPT_5' })).toEqual(['plain']);
    expect(found({ text: '%' })).toEqual(['odd']);
    expect(found({ text: 'budget' })).toEqual(['other']);
    expect(found({ text: "' OR 1=1 --" })).toEqual([]);
    expect(found({ text: '\\' })).toEqual([]);
    expect(found({ text: '' })).toHaveLength(3);
    database.close();
  });
});

describe('facets and facts by id', () => {
  test('are sorted, distinct and without empty ones', () => {
    const { database } = holding([
      usageRecord({ requestId: 'a', tool: 'zed', model: 'b' }),
      usageRecord({ requestId: 'b', tool: 'aider', model: 'a' }),
      usageRecord({ requestId: 'c', tool: null, model: null, provider: null }),
      usageRecord({ requestId: 'd', tool: 'zed', model: 'a' }),
    ]);
    expect(listFacets(database)).toEqual({ tools: ['aider', 'zed'], providers: ['anthropic'], models: ['a', 'b'] });
    database.close();
  });

  test('a denied request is no use of a credential', () => {
    const { database } = holding([
      usageRecord({ requestId: 'a', startedAt: minute(1) }),
      usageRecord({ requestId: 'b', startedAt: minute(3), model: 'other' }),
      usageRecord({ requestId: 'c', startedAt: minute(2) }),
      usageRecord({ requestId: 'd', startedAt: minute(4), outcome: 'denied' }),
      usageRecord({ requestId: 'e', credentialId: 'cred_2', outcome: 'denied' }),
    ]);
    expect(readLastUsed(database)).toEqual(new Map([['cred_1', minute(3)]]));
    database.close();
  });
});
