import type { Database } from '../database.ts';
import type { VaultItemStore } from './registry.ts';

/** Names of expected vault items on a registry database. */
export function createVaultItemStore(database: Database): VaultItemStore {
  return {
    list: () => database.all('SELECT name FROM vault_items ORDER BY name').map((row) => String(row.name)),
    has: (name) => database.get('SELECT 1 FROM vault_items WHERE name = ?', name) !== undefined,
    expect(name, at) {
      database.run('INSERT INTO vault_items (name, expected_ms) VALUES (?, ?) ON CONFLICT (name) DO NOTHING', name, at);
    },
    forget(name) {
      database.run('DELETE FROM vault_items WHERE name = ?', name);
    },
  };
}
