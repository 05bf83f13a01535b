import { expect, test } from 'vitest';
import { type OpenedRequest, openedFields, settledFields, usageRow, writeFacts } from '#shared/contract/facts.ts';
import { readFacts, usageRecord as toRecord } from '#shared/contract/read-facts.ts';
import { usageRecordSchema } from '#shared/model/usage.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

const opened: OpenedRequest = {
  ...{ requestId: 'r1', startedAt: '2026-01-01T00:00:00.000Z', tool: 'tööl', provider: 'p', model: 'm', grantId: 'g' },
  ...{ credentialId: 'c', tokenId: 'k', endpoint: 'POST /x', stream: true, outputTokens: 0, costMicroUsd: null },
  reservedMicroUsd: 9,
};
const progress = { requestId: 'r1', inputTokens: 1, outputTokens: 2, costMicroUsd: null };

test('facts come back as they were told', () => {
  const settled = [usageRecord(), usageRecord({ estimated: true, webSearches: 3, audioSeconds: 1.5 })];
  const frame = readFacts(writeFacts(7, { opened: [opened], progress: [progress], settled }));
  expect(frame).toEqual({ sequence: 7, opened: [opened], progress: [progress], settled, rows: settled.map(usageRow) });
});

test('every field of a record that is not optional has a place of its own, in the order it is written', () => {
  const whole = usageRecord();
  const isRequired = (left: string): boolean =>
    !usageRecordSchema.safeParse(Object.fromEntries(Object.entries(whole).filter(([name]) => name !== left))).success;
  const required = Object.keys(usageRecordSchema.shape).filter(isRequired);
  expect(settledFields.map(([name]) => name).toSorted()).toEqual(required.toSorted());
  const record = usageRecord({ costMicroUsd: 5, firstByteMs: 6, errorCode: 'internal', priceVersion: 'x' });
  expect(usageRow(record)).toEqual([...settledFields.map(([name]) => record[name]), null]);
  expect(toRecord(usageRow(record))).toEqual(record);
});

test('what is not in the contract is refused whole, whichever value it is', () => {
  const rows = { settled: usageRow(usageRecord()), opened: openedFields.map(([name]) => opened[name]) };
  const line = (settled: readonly unknown[], started: readonly unknown[] = rows.opened): string =>
    JSON.stringify([1, [started], [], [settled]]);
  expect(readFacts(line(rows.settled))).not.toBeNull();
  for (const place of rows.settled.keys()) {
    expect(readFacts(line(rows.settled.with(place, { evil: true }))), `settled ${place}`).toBeNull();
  }
  for (const place of rows.opened.keys()) {
    expect(readFacts(line(rows.settled, rows.opened.with(place, -1))), `opened ${place}`).toBeNull();
  }
  expect(readFacts(line(rows.settled.slice(1)))).toBeNull();
  expect(readFacts(line([...rows.settled, 1]))).toBeNull();
  const cost = settledFields.findIndex(([name]) => name === 'costMicroUsd');
  for (const value of [-1, 0.5, '1', Number.MAX_SAFE_INTEGER + 1]) {
    expect(readFacts(line(rows.settled.with(cost, value))), String(value)).toBeNull();
  }
  for (const text of ['', 'null', '[]', '[1,[],[]]', '[0.5,[],[],[]]', '[1,[1],[],[]]', '{"a":1}', '[1,[],[],[']) {
    expect(readFacts(text), text).toBeNull();
  }
});
