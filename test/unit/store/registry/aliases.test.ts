import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '#main/store/database.ts';
import { migrate } from '#main/store/migrate.ts';
import { registryMigrations } from '#main/store/registry/migrations.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import type { Alias } from '#shared/model/alias.ts';
import { credentialRecord } from '#test/fixtures/registry-records.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

const key = 'ab'.repeat(32);
const at = '2026-11-22T09:00:00.000Z';

function open(path: string): Registry {
  const registry = openRegistry({ path, key });
  onTestFinished(() => registry.close());
  return registry;
}

function alias(changes: Partial<Alias> = {}): Alias {
  return {
    name: 'fast',
    targets: [
      { provider: 'openai', model: 'gpt-5' },
      { provider: 'groq', model: 'org/model' },
    ],
    timeouts: { firstByteMs: 20_000 },
    fallbackOn: ['429'],
    createdAt: at,
    updatedAt: at,
    ...changes,
  };
}

describe('aliases', () => {
  it('are kept as they are, by name, through a restart', () => {
    const path = join(temporaryFolder(), 'registry.db');
    const first = openRegistry({ path, key });
    first.aliases.put(alias());
    first.aliases.put(alias({ name: 'cheap', timeouts: {}, fallbackOn: [] }));
    first.close();
    const second = open(path);
    expect(second.aliases.list()).toEqual([alias({ name: 'cheap', timeouts: {}, fallbackOn: [] }), alias()]);
    expect(second.aliases.find('fast')).toEqual(alias());
    expect(second.aliases.find('slow')).toBeNull();
  });

  it('are replaced by name, and removed once', () => {
    const registry = open(join(temporaryFolder(), 'registry.db'));
    registry.aliases.put(alias());
    const later = alias({ targets: [{ provider: 'xai', model: 'grok-4' }], updatedAt: '2026-11-23T09:00:00.000Z' });
    registry.aliases.put(later);
    expect(registry.aliases.list()).toEqual([later]);
    expect([registry.aliases.remove('fast'), registry.aliases.remove('fast')]).toEqual([true, false]);
  });
});

describe('a credential\u2019s share', () => {
  it('is kept, 0 and none included', () => {
    const registry = open(join(temporaryFolder(), 'registry.db'));
    registry.credentials.insert(credentialRecord({ weight: 3 }));
    expect(registry.credentials.find('cred_1')?.weight).toBe(3);
    expect(registry.credentials.update('cred_1', { weight: 0 }).weight).toBe(0);
    expect(registry.credentials.find('cred_1')?.weight).toBe(0);
    registry.credentials.update('cred_1', { weight: null });
    expect(registry.credentials.find('cred_1')?.weight).toBeNull();
  });

  it('is none for keys from before there were shares', () => {
    const path = join(temporaryFolder(), 'registry.db');
    const before = openDatabase({ path, key });
    migrate(before, registryMigrations.slice(0, 1));
    before.run(
      `INSERT INTO credentials VALUES ('old', 'openai', 'openai', 'Work', '\u20267f3a', 'https://api.openai.com/v1', 1, 1, '', ?, ?, NULL)`,
      at,
      at,
    );
    before.close();
    expect(open(path).credentials.list()).toMatchObject([{ id: 'old', isDefault: true, weight: null }]);
  });
});
