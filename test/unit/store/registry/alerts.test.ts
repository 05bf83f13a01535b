import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { AlertRecord } from '#main/store/registry/alert-records.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

function openTestRegistry(): Registry {
  const registry = openRegistry({ path: join(temporaryFolder(), 'registry.db'), key: 'ab'.repeat(32) });
  onTestFinished(() => registry.close());
  return registry;
}

function alertRecord(changes: Partial<AlertRecord> = {}): AlertRecord {
  return {
    ...{ id: 'alert_1', key: 'key', rule: 'new-model', tool: 'codex', sentence: '\u201Ccodex\u201D used x.' },
    ...{ evidence: [{ name: 'Call', value: 'POST /x' }], requestId: 'req_1', auditSequence: null, grantId: null },
    ...{ done: 'You were told.', count: 1, readAt: null },
    ...{ firstAt: '2026-11-22T09:00:00.000Z', lastAt: '2026-11-22T09:00:00.000Z' },
    ...changes,
  };
}

it('alerts come back as they went in, newest first', () => {
  const { alerts } = openTestRegistry();
  alerts.put(alertRecord());
  alerts.put(alertRecord({ id: 'alert_2', lastAt: '2026-11-22T10:00:00.000Z' }));
  const { key: _key, ...first } = alertRecord();
  expect(alerts.list({ unreadOnly: false, limit: 5 }).map(({ id }) => id)).toEqual(['alert_2', 'alert_1']);
  expect(alerts.list({ unreadOnly: false, limit: 5 })[1]).toEqual(first);
  expect(alerts.findLatest('key')?.id).toBe('alert_2');
  expect(alerts.findLatest('other')).toBeNull();
});

it('an alert put again keeps when it began and whether it was read', () => {
  const { alerts } = openTestRegistry();
  alerts.put(alertRecord());
  expect(alerts.markRead('alert_1', '2026-11-22T11:00:00.000Z')).toBe(1);
  alerts.put(alertRecord({ count: 4, lastAt: '2026-11-22T12:00:00.000Z', firstAt: '2020-01-01T00:00:00.000Z' }));
  expect(alerts.list({ unreadOnly: false, limit: 5 })).toMatchObject([
    { count: 4, firstAt: '2026-11-22T09:00:00.000Z', readAt: '2026-11-22T11:00:00.000Z' },
  ]);
});

it('reading takes an alert off those that stand, once', () => {
  const { alerts } = openTestRegistry();
  for (const id of ['a', 'b', 'c']) alerts.put(alertRecord({ id }));
  expect(alerts.countUnread()).toBe(3);
  expect(alerts.markRead('b', '2026-11-22T11:00:00.000Z')).toBe(1);
  expect(alerts.markRead('b', '2026-11-22T11:00:00.000Z')).toBe(0);
  expect(alerts.list({ unreadOnly: true, limit: 5 }).map(({ id }) => id)).toEqual(['c', 'a']);
  expect(alerts.markRead(null, '2026-11-22T11:00:00.000Z')).toBe(2);
  expect(alerts.countUnread()).toBe(0);
});

it('only old alerts that were read are forgotten', () => {
  const { alerts } = openTestRegistry();
  for (const hour of ['01', '02', '03', '04'])
    alerts.put(alertRecord({ id: hour, lastAt: `2026-11-22T${hour}:00:00.000Z` }));
  alerts.markRead('02', '2026-11-22T11:00:00.000Z');
  alerts.markRead('04', '2026-11-22T11:00:00.000Z');
  expect(alerts.keepNewest(1)).toBe(1);
  expect(alerts.list({ unreadOnly: false, limit: 5 }).map(({ id }) => id)).toEqual(['04', '03', '01']);
});

it('changed rules come back, and are usual again when taken out', () => {
  const { watchRules } = openTestRegistry();
  watchRules.put({ rule: 'new-model', action: 'ask', thresholds: { days: 7 } });
  watchRules.put({ rule: 'new-model', action: 'off', thresholds: { days: 9 } });
  expect(watchRules.list()).toEqual([{ rule: 'new-model', action: 'off', thresholds: { days: 9 } }]);
  expect(watchRules.remove('new-model')).toBe(true);
  expect(watchRules.remove('new-model')).toBe(false);
  expect(watchRules.list()).toEqual([]);
});
