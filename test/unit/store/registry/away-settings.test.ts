import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '#main/store/database.ts';
import { migrate } from '#main/store/migrate.ts';
import { registryMigrations } from '#main/store/registry/migrations.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import { grantRecord } from '#test/fixtures/registry-records.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

const key = 'ab'.repeat(32);
const numberOfStep = registryMigrations.findIndex(({ sql }) => sql.includes('endGrantsOnLock'));

test.each([
  ['true', 'end'],
  ['false', 'go-on'],
])('who ended all access at the lock still does: %s becomes %s', (value, act) => {
  const path = join(temporaryFolder(), 'registry.db');
  const before = openDatabase({ path, key });
  migrate(before, registryMigrations.slice(0, numberOfStep));
  before.run('INSERT INTO settings (name, value) VALUES (?, ?)', 'endGrantsOnLock', value);
  before.close();
  const registry = openRegistry({ path, key });
  expect(registry.settings.read()).toMatchObject({ whenScreenLocks: act, whenAsleep: act, whenIdle: 'go-on' });
  registry.close();
});

test('what ends a grant is kept with it', () => {
  const registry = openRegistry({ path: join(temporaryFolder(), 'registry.db'), key });
  const grant = grantRecord({ endsWhen: { lock: true, at: '2026-11-22T18:00:00.000Z' } });
  registry.grants.insert(grant);
  expect(registry.grants.find(grant.id)).toEqual(grant);
  registry.close();
});
