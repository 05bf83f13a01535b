import { expect, test } from 'vitest';
import {
  type OpenedRequest,
  openedOwnFields,
  openedSharedFields,
  partEnd,
  sharedFields,
  usageText,
  writeFacts,
} from '#shared/contract/facts.ts';
import { readFacts, readUsage, readUsageTexts } from '#shared/contract/read-facts.ts';
import { type UsageRecord, usageRecordSchema } from '#shared/model/usage.ts';
import {
  groupUsage,
  ownUsageNames,
  ownUsagePlace,
  ownUsageWidth,
  sharedUsageNames,
} from '#shared/model/usage-group.ts';
import { usageGroup } from '#test/fixtures/usage-group.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

const opened: OpenedRequest = {
  ...{ requestId: 'r1', startedAt: '2026-01-01T00:00:00.000Z', tool: 'tööl', provider: 'p', model: 'm', grantId: 'g' },
  ...{ credentialId: 'c', tokenId: 'k', endpoint: 'POST /x', stream: true, outputTokens: 0, costMicroUsd: null },
  reservedMicroUsd: 9,
};
const progress = { requestId: 'r1', inputTokens: 1, outputTokens: 2, costMicroUsd: null };

const none = { opened: [], progress: [], settled: [] };
const recordsOf = (groups: ReturnType<typeof readUsage>): readonly UsageRecord[] =>
  groups.flatMap((group) => group.records());

test('facts come back as they were told', () => {
  const settled = [usageRecord(), usageRecord({ estimated: true, webSearches: 3, audioSeconds: 1.5 })];
  const line = writeFacts(7, { opened: [opened], progress: [progress], settled });
  const frame = readFacts(line);
  expect(frame).toMatchObject({ sequence: 7, opened: [opened], progress: [progress] });
  expect(recordsOf(frame?.settled ?? [])).toEqual(settled);
  expect(frame?.text).toEqual({ json: line.split(partEnd)[3], records: 2 });
  expect(recordsOf(readUsage(frame?.text.json ?? ''))).toEqual(settled);
  expect(readFacts(writeFacts(8, none))).toEqual({ ...none, sequence: 8, text: { json: '[]', records: 0 } });
});

test('requests that were opened come back in order, whatever they share', () => {
  const requests = Array.from({ length: 9 }, (_, index) => ({
    ...{ ...opened, requestId: `r${index}`, model: `m${(index % 4) >> 1}`, reservedMicroUsd: index },
  }));
  expect(readFacts(writeFacts(1, { ...none, opened: requests }))?.opened).toEqual(requests);
});

test('text that would end a line or a part of it comes back too', () => {
  const settled = [usageRecord({ model: 'a\tb\nc', endpoint: 'POST /\u2028\u0000"\\' })];
  const line = writeFacts(1, { ...none, settled });
  expect(line).not.toContain('\n');
  expect(recordsOf(readFacts(line)?.settled ?? [])).toEqual(settled);
});

test('records that share what can be shared stand together, whatever is their own, and none is lost', () => {
  const records = Array.from({ length: 40 }, (_, index) =>
    usageRecord({
      requestId: `r${index}`,
      startedAt: new Date(Date.UTC(2026, 1, 28, 23, 59, 59, 990) + (index % 7) * 5 - index).toISOString(),
      model: `m${index % 6}`,
      costMicroUsd: index % 3 === 0 ? null : index,
      ...(index % 5 === 0 ? { serviceTier: 'batch' as const } : {}),
    }),
  );
  const byId = (all: readonly UsageRecord[]) =>
    all.toSorted((left, right) => left.requestId.localeCompare(right.requestId));
  expect(byId(recordsOf(groupUsage(records)))).toEqual(byId(records));
  expect(groupUsage(records.filter(({ model }) => (model ?? '') < 'm4'))).toHaveLength(4);
  const texts = [usageText(groupUsage(records.slice(0, 9))), usageText(groupUsage(records.slice(9)))];
  expect(texts.map((text) => text.records)).toEqual([9, 31]);
  expect(byId(recordsOf(readUsageTexts(`[${texts.map(({ json }) => json).join(',')}]`)))).toEqual(byId(records));
});

test.each([
  '2026-11-22T09:00:00.000Z',
  '2024-02-29T23:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '2026-11-22T09:00:00Z',
  '2026-11-22T10:00:00.5+01:00',
  '+010000-01-01T00:00:00Z',
])('%s is the moment that it names', (startedAt) => {
  expect(usageGroup({ startedAt }).startedAt(0)).toBe(Date.parse(startedAt));
});

test('every field of a record that is not optional has a place of its own, where the reader looks for it', () => {
  const whole = usageRecord();
  const isRequired = (left: string): boolean =>
    !usageRecordSchema.safeParse(Object.fromEntries(Object.entries(whole).filter(([name]) => name !== left))).success;
  const required = Object.keys(usageRecordSchema.shape).filter(isRequired);
  expect([...sharedUsageNames, ...ownUsageNames].toSorted()).toEqual(required.toSorted());
  expect(sharedFields.map(([name]) => name)).toEqual(sharedUsageNames);
  expect(Object.keys(ownUsagePlace)).toEqual([...ownUsageNames, 'rest']);
  expect(Object.values(ownUsagePlace)).toEqual(Array.from({ length: ownUsageWidth }, (_, place) => place));
  const values = { costMicroUsd: 5, firstByteMs: 6, errorCode: 'internal', priceVersion: 'x', reasoningTokens: 7 };
  const record = usageRecord({ ...values, stream: false, latencyMs: 8 });
  expect(usageGroup(record).record(0)).toEqual(record);
});

test('what is not in the contract is refused whole, whichever value it is', () => {
  const [group] = JSON.parse(usageText([usageGroup()]).json);
  const [start, shared, own]: [unknown, unknown[], unknown[]] = group;
  const openedShared: readonly unknown[] = openedSharedFields.map(([name]) => opened[name]);
  const openedOwn = openedOwnFields.map(([name]) => opened[name]);
  const openedRow = [openedShared, openedOwn];
  const line = (settled: unknown, openedRows: unknown = [openedRow], sequence: unknown = 1): string =>
    [sequence, JSON.stringify(openedRows), '', JSON.stringify(settled)].join(partEnd);
  expect(readFacts(line([group]))).not.toBeNull();
  for (const place of shared.keys())
    expect(readFacts(line([[start, shared.with(place, { evil: true }), own]])), `shared ${place}`).toBeNull();
  for (const place of own.keys()) {
    const second = own.with(place, { evil: true });
    expect(readFacts(line([[start, shared, second]])), `own ${place}`).toBeNull();
    expect(readFacts(line([[start, shared, [...own, ...second]]])), `own ${place} of the second`).toBeNull();
  }
  for (const place of openedShared.keys())
    expect(readFacts(line([group], [[openedShared.with(place, -1), openedOwn]])), `opened ${place}`).toBeNull();
  for (const place of openedOwn.keys()) {
    const second = openedOwn.with(place, -1);
    expect(readFacts(line([group], [[openedShared, [...openedOwn, ...second]]])), `opened own ${place}`).toBeNull();
  }
  for (const row of [
    [openedShared],
    [openedShared, []],
    [openedShared, openedOwn, 1],
    [openedShared, openedOwn.slice(1)],
  ])
    expect(readFacts(line([group], [row])), JSON.stringify(row)).toBeNull();
  for (const rows of [
    [start, shared],
    [start, shared, own, 1],
    [start, shared, []],
    [start, shared, own.slice(1)],
  ])
    expect(readFacts(line([rows])), JSON.stringify(rows)).toBeNull();
  for (const odd of [null, -1, 0.5, '1', 1e16]) expect(readFacts(line([[odd, shared, own]])), String(odd)).toBeNull();
  expect(readFacts(line([[start, [...shared, 1], own]]))).toBeNull();
  expect(readFacts(line([[start, shared, own.with(ownUsagePlace.startedAt, 8.64e15)]]))).toBeNull();
  for (const value of [-1, 0.5, '1', Number.MAX_SAFE_INTEGER + 1])
    expect(readFacts(line([[start, shared, own.with(ownUsagePlace.costMicroUsd, value)]])), String(value)).toBeNull();
  for (const sequence of ['', '01', '-1', '1.0', '1e3', 'x']) expect(readFacts(line([group], [], sequence))).toBeNull();
  for (const text of ['', '1', '1\t\t', '1\t\t\t\t', '1\t1\t\t', '1\t\t{}\t', '1\t\t\t[1]', '1\t\t\t[['])
    expect(readFacts(text), text).toBeNull();
});

test('a line of the format before this one is refused, so that it is put aside and not taken for another', () => {
  const { requestId, startedAt, ...others } = usageRecord();
  expect(readFacts(JSON.stringify([1, [], [], [[requestId, startedAt, ...Object.values(others), null]]]))).toBeNull();
});
