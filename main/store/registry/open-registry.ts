import { createAuditLog } from '../audit/create-audit-log.ts';
import { copyWithKey } from '../copy-with-key.ts';
import { openDatabase } from '../database.ts';
import { putCopyInPlace, takeCopyOut } from '../key-change-files.ts';
import { migrate } from '../migrate.ts';
import { createAlertStore, createWatchRuleStore } from './alert-store.ts';
import { createAliasStore } from './alias-store.ts';
import { createAskedRequestStore } from './asked-request-store.ts';
import { createCredentialStore } from './credential-store.ts';
import { createGrantStore } from './grant-store.ts';
import { createLimitStore } from './limit-store.ts';
import { registryMigrations } from './migrations.ts';
import { createOauthStateStore } from './oauth-state-store.ts';
import { createOpenRequestStore } from './open-request-store.ts';
import { createPolicyStore } from './policy-store.ts';
import type { Registry, RegistryOptions } from './registry.ts';
import { createRotationStore } from './rotation-store.ts';
import { createSettingsStore } from './settings-store.ts';
import { createSigningKeyStore } from './signing-key-store.ts';
import { createStateStore } from './state-store.ts';
import { createTokenStore } from './token-store.ts';
import { createVaultItemStore } from './vault-item-store.ts';

/** Opens the registry, migrating it when needed. Throws `storage_corrupt` for a wrong key or a newer database. */
export function openRegistry(options: RegistryOptions): Registry {
  const database = openDatabase(options);
  let { key } = options;
  try {
    migrate(database, registryMigrations);
  } catch (error) {
    database.close();
    throw error;
  }
  const vaultItems = createVaultItemStore(database);
  return {
    credentials: createCredentialStore(database, vaultItems),
    vaultItems,
    grants: createGrantStore(database),
    tokens: createTokenStore(database),
    openRequests: createOpenRequestStore(database),
    policies: createPolicyStore(database),
    askedRequests: createAskedRequestStore(database),
    limits: createLimitStore(database),
    alerts: createAlertStore(database),
    watchRules: createWatchRuleStore(database),
    aliases: createAliasStore(database),
    settings: createSettingsStore(database),
    state: createStateStore(database),
    signingKeys: createSigningKeyStore(database),
    oauthState: createOauthStateStore(database),
    rotations: createRotationStore(database, vaultItems),
    audit: createAuditLog(database),
    transaction: (work) => database.transaction(work),
    changeKey(to) {
      const { path } = options;
      database.exchangeFile(
        () => {
          copyWithKey({ path, from: key, to });
          putCopyInPlace(path);
          return to;
        },
        () => takeCopyOut(path),
      );
      key = to;
    },
    close: () => database.close(),
  };
}
