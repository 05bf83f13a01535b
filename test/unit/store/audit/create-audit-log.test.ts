import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '#main/store/audit/canonical-json.ts';
import { createAuditLog } from '#main/store/audit/create-audit-log.ts';
import { openDatabase } from '#main/store/database.ts';
import { migrate } from '#main/store/migrate.ts';
import { registryMigrations } from '#main/store/registry/migrations.ts';
import { auditEvents } from '#shared/model/audit.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

function logWith(entries: number) {
  const database = openDatabase({ path: join(temporaryFolder(), 'registry.db'), key: 'ab'.repeat(32) });
  migrate(database, registryMigrations);
  const audit = createAuditLog(database);
  database.transaction(() => {
    for (let number = 1; number <= entries; number += 1) {
      audit.append(
        {
          event: 'token-issued',
          actor: 'cli',
          subject: `grant_${number}`,
          detail: { number, tool: `tool_${number % 3}` },
        },
        number * 1_000,
      );
    }
  });
  return { database, audit };
}

describe('append and list', () => {
  test('number the entries and link each to the one before', () => {
    const { audit, database } = logWith(2);
    const [second, first] = audit.list({ limit: 10 });
    expect(first).toMatchObject({
      sequence: 1,
      at: '1970-01-01T00:00:01.000Z',
      event: 'token-issued',
      detail: { number: 1 },
    });
    expect(second).toMatchObject({ sequence: 2, subject: 'grant_2' });
    expect(first?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(second?.hash).not.toBe(first?.hash);
    database.close();
  });

  test('page both ways and find text literally', () => {
    const { audit, database } = logWith(10);
    const sequences = (query: Parameters<typeof audit.list>[0]) => audit.list(query).map(({ sequence }) => sequence);
    expect(sequences({ limit: 3 })).toEqual([10, 9, 8]);
    expect(sequences({ limit: 3, beforeSequence: 8 })).toEqual([7, 6, 5]);
    expect(sequences({ limit: 3, afterSequence: 4 })).toEqual([5, 6, 7]);
    expect(sequences({ limit: 10, text: 'grant_4' })).toEqual([4]);
    expect(sequences({ limit: 10, text: 'grant%4' })).toEqual([]);
    expect(sequences({ limit: 10, text: 'tool_0', afterSequence: 3 })).toEqual([6, 9]);
    database.close();
  });

  test('tell listeners until they leave', () => {
    const { audit, database } = logWith(0);
    const heard: number[] = [];
    const leave = audit.onAppend((entry) => heard.push(entry.sequence));
    audit.append({ event: 'panic', actor: 'tray', subject: '' }, 0);
    leave();
    audit.append({ event: 'panic', actor: 'tray', subject: '' }, 0);
    expect(heard).toEqual([1]);
    database.close();
  });
});

describe('verify', () => {
  const tampering: readonly { readonly name: string; readonly brokenAt: number; readonly sql: string }[] = [
    { name: 'a changed detail', brokenAt: 4, sql: 'UPDATE audit SET detail = \'{"number":99}\' WHERE sequence = 4' },
    { name: 'a detail that is no JSON', brokenAt: 4, sql: "UPDATE audit SET detail = '{' WHERE sequence = 4" },
    { name: 'a changed time', brokenAt: 2, sql: "UPDATE audit SET at = '1999-01-01T00:00:00.000Z' WHERE sequence = 2" },
    { name: 'a changed actor', brokenAt: 1, sql: "UPDATE audit SET actor = 'policy' WHERE sequence = 1" },
    { name: 'a removed entry', brokenAt: 5, sql: 'DELETE FROM audit WHERE sequence = 5' },
    { name: 'a removed first entry', brokenAt: 1, sql: 'DELETE FROM audit WHERE sequence = 1' },
    { name: 'a cut tail', brokenAt: 9, sql: 'DELETE FROM audit WHERE sequence > 8' },
    { name: 'an emptied log', brokenAt: 1, sql: 'DELETE FROM audit' },
    {
      name: 'a swapped pair',
      brokenAt: 3,
      sql: 'UPDATE audit SET sequence = 99 WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 4; UPDATE audit SET sequence = 4 WHERE sequence = 99',
    },
    {
      name: 'an entry added behind the head',
      brokenAt: 11,
      sql: "INSERT INTO audit VALUES (11, '2026-11-22T09:00:00.000Z', 'panic', 'tray', '', '{}', 'ff')",
    },
  ];

  test('finds an untouched chain intact, across pages and when empty', () => {
    const { audit, database } = logWith(2_500);
    expect(audit.verify()).toEqual({ entries: 2_500, intact: true, brokenAt: null });
    database.close();
    const empty = logWith(0);
    expect(empty.audit.verify()).toEqual({ entries: 0, intact: true, brokenAt: null });
    empty.database.close();
  });

  test.each(tampering)('finds $name', ({ sql, brokenAt }) => {
    const { audit, database } = logWith(10);
    database.script(sql);
    expect(audit.verify()).toMatchObject({ intact: false, brokenAt });
    database.close();
  });
});

describe('canonicalJson', () => {
  test('has one spelling whatever the order of properties', () => {
    expect(canonicalJson({ b: 1, a: { d: [1, { z: 1, y: 2 }], c: null }, 10: 'x', 9: 'y' })).toBe(
      '{"10":"x","9":"y","a":{"c":null,"d":[1,{"y":2,"z":1}]},"b":1}',
    );
    expect(canonicalJson({ '\u20ac': 1, '\r': 2, '\ud83d\ude00': 3, '\ufb33': 4 })).toBe(
      '{"\\r":2,"\u20ac":1,"\ud83d\ude00":3,"\ufb33":4}',
    );
  });

  test('leaves out what JSON leaves out', () => {
    expect(canonicalJson({ a: undefined, b: new Date(0), c: 1e21 })).toBe('{"b":"1970-01-01T00:00:00.000Z","c":1e+21}');
  });
});

test('every event of the model can be recorded', () => {
  const { audit, database } = logWith(0);
  for (const event of Object.keys(auditEvents) as (keyof typeof auditEvents)[])
    audit.append({ event, actor: 'system', subject: 'x' }, 0);
  expect(audit.verify()).toEqual({ entries: Object.keys(auditEvents).length, intact: true, brokenAt: null });
  database.close();
});
