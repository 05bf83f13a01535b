import { z } from 'zod';
import { verificationSchema } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import { adminKeySchema, rotationSchema, rotationSetupSchema, rotationStepSchema } from '#shared/model/rotation.ts';
import type { Database, Row } from '../database.ts';
import { camelCased, decode } from '../row.ts';
import type { VaultItemStore } from './registry.ts';
import type { AdminKeyRecord, RotationRecord, RotationStore } from './rotation-records.ts';

const flag = lazily(() => z.literal([0, 1]).transform(Boolean));
const recordSchema = lazily(() =>
  rotationSchema.extend({
    oldItem: z.string(),
    newItem: z.string(),
    oldVerification: verificationSchema.nullable(),
    newVerification: verificationSchema.nullable(),
    forced: flag,
    guided: flag,
  }),
);
const setupSchema = lazily(() => rotationSetupSchema.extend({ paused: flag }));
const adminRecordSchema = lazily(() => adminKeySchema.extend({ vaultItem: z.string() }));

const jsonColumns = ['old_key', 'new_key', 'old_verification', 'new_verification', 'problem'];

const toRotation = (row: Row): RotationRecord => decode(recordSchema, camelCased(row, jsonColumns));
const toAdminKey = (row: Row): AdminKeyRecord => decode(adminRecordSchema, camelCased(row));

const insertSql = `
  INSERT INTO rotations (id, credential_id, provider, label, trigger, state, direction, step, failures, key_name, old_key,
    new_key, old_item, new_item, old_verification, new_verification, started_at, step_since, ended_at, resume_at, waiting_for,
    problem, forced, guided)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** What never changes stays as it was. */
const upsertSql = `${insertSql}
  ON CONFLICT (id) DO UPDATE SET state = excluded.state, key_name = excluded.key_name, direction = excluded.direction, step = excluded.step,
    failures = excluded.failures, old_key = excluded.old_key, new_key = excluded.new_key, old_item = excluded.old_item,
    new_item = excluded.new_item, old_verification = excluded.old_verification, new_verification = excluded.new_verification,
    step_since = excluded.step_since, ended_at = excluded.ended_at, resume_at = excluded.resume_at,
    waiting_for = excluded.waiting_for, problem = excluded.problem, forced = excluded.forced`;

const asJson = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

/** The part of the store that keeps what is planned, and with which keys. */
type PlanStore = Pick<
  RotationStore,
  'setups' | 'setup' | 'putSetup' | 'adminKeys' | 'adminKey' | 'insertAdminKey' | 'removeAdminKey'
>;

/** Rotations on a registry database. */
export function createRotationStore(database: Database, vaultItems: VaultItemStore): RotationStore {
  function write(record: RotationRecord, sql: string): void {
    database.run(
      sql,
      record.id,
      record.credentialId,
      record.provider,
      record.label,
      record.trigger,
      record.state,
      record.direction,
      record.step,
      record.failures,
      record.keyName,
      JSON.stringify(record.oldKey),
      JSON.stringify(record.newKey),
      record.oldItem,
      record.newItem,
      asJson(record.oldVerification),
      asJson(record.newVerification),
      record.startedAt,
      record.stepSince,
      record.endedAt,
      record.resumeAt,
      record.waitingFor,
      asJson(record.problem),
      record.forced ? 1 : 0,
      record.guided === true ? 1 : 0,
    );
  }

  function findBy(condition: string, value: string): RotationRecord | null {
    const row = database.get(`SELECT * FROM rotations WHERE ${condition}`, value);
    return row ? toRotation(row) : null;
  }

  const open = (credentialId: string): RotationRecord | null =>
    findBy('ended_at IS NULL AND credential_id = ?', credentialId);

  return {
    insert: (record) =>
      database.transaction(() => {
        if (record.endedAt === null && open(record.credentialId) !== null)
          throw new TollkeeperError('conflict', 'A rotation of this key is under way already.');
        write(record, insertSql);
      }),
    update: (id, changes) =>
      database.transaction(() => {
        const existing = findBy('id = ?', id);
        if (existing === null) throw new TollkeeperError('not_found', `There is no rotation ${id}.`);
        const changed = { ...existing, ...changes };
        write(changed, upsertSql);
        return changed;
      }),
    find: (id) => findBy('id = ?', id),
    open,
    listOpen: () =>
      database.all('SELECT * FROM rotations WHERE ended_at IS NULL ORDER BY started_at, id').map(toRotation),
    list: ({ credentialId, limit }) =>
      (credentialId === undefined
        ? database.all('SELECT * FROM rotations ORDER BY started_at DESC, rowid DESC LIMIT ?', limit)
        : database.all(
            'SELECT * FROM rotations WHERE credential_id = ? ORDER BY started_at DESC, rowid DESC LIMIT ?',
            credentialId,
            limit,
          )
      ).map(toRotation),
    highestVersion: (credentialId) =>
      Math.max(
        0,
        ...database
          .all('SELECT new_key FROM rotations WHERE credential_id = ?', credentialId)
          .map((row) => rotationSchema.shape.newKey.parse(JSON.parse(String(row.new_key))).version),
      ),
    ...createStepStore(database),
    ...createPlanStore(database, vaultItems),
  };
}

function createStepStore(database: Database): Pick<RotationStore, 'beginStep' | 'endStep' | 'steps'> {
  return {
    beginStep: (id, { step, begunAt }) =>
      database.transaction(() => {
        const last = database.get('SELECT max(sequence) AS last FROM rotation_steps WHERE rotation_id = ?', id);
        const sequence = Number(last?.last ?? 0) + 1;
        database.run(
          "INSERT INTO rotation_steps (rotation_id, sequence, step, begun_at, outcome) VALUES (?, ?, ?, ?, 'begun')",
          id,
          sequence,
          step,
          begunAt,
        );
        return sequence;
      }),
    endStep(id, sequence, { endedAt, outcome, message }) {
      database.run(
        'UPDATE rotation_steps SET ended_at = ?, outcome = ?, message = ? WHERE rotation_id = ? AND sequence = ?',
        endedAt,
        outcome,
        message,
        id,
        sequence,
      );
    },
    steps: (id) =>
      database
        .all(
          'SELECT sequence, step, begun_at, ended_at, outcome, message FROM rotation_steps WHERE rotation_id = ? ORDER BY sequence',
          id,
        )
        .map((row) => decode(rotationStepSchema, camelCased(row))),
  };
}

function createPlanStore(database: Database, vaultItems: VaultItemStore): PlanStore {
  const toSetup = (row: Row) => decode(setupSchema, camelCased(row, ['parameters', 'schedule']));

  function adminKey(id: string): AdminKeyRecord | null {
    const row = database.get('SELECT * FROM admin_keys WHERE id = ?', id);
    return row ? toAdminKey(row) : null;
  }

  return {
    setups: () => database.all('SELECT * FROM rotation_setups ORDER BY credential_id').map(toSetup),
    setup(credentialId) {
      const row = database.get('SELECT * FROM rotation_setups WHERE credential_id = ?', credentialId);
      return row ? toSetup(row) : null;
    },
    putSetup(setup) {
      database.run(
        `REPLACE INTO rotation_setups (credential_id, admin_key_id, parameters, schedule, paused, next_at, reminded_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        setup.credentialId,
        setup.adminKeyId,
        JSON.stringify(setup.parameters),
        asJson(setup.schedule),
        setup.paused ? 1 : 0,
        setup.nextAt,
        setup.remindedAt,
      );
    },
    adminKeys: () => database.all('SELECT * FROM admin_keys ORDER BY created_at, id').map(toAdminKey),
    adminKey,
    insertAdminKey: (record) =>
      database.transaction(() => {
        database.run(
          'INSERT INTO admin_keys (id, provider, label, fingerprint, vault_item, created_at) VALUES (?, ?, ?, ?, ?, ?)',
          record.id,
          record.provider,
          record.label,
          record.fingerprint,
          record.vaultItem,
          record.createdAt,
        );
        vaultItems.expect(record.vaultItem, Date.parse(record.createdAt));
      }),
    removeAdminKey: (id) =>
      database.transaction(() => {
        const record = adminKey(id);
        if (record === null) return false;
        vaultItems.forget(record.vaultItem);
        return database.run('DELETE FROM admin_keys WHERE id = ?', id) > 0;
      }),
  };
}
