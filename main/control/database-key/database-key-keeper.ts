import { createHash } from 'node:crypto';
import { z } from 'zod';
import { databaseKeyItem, makeDatabaseKey, nextDatabaseKeyItem } from '#main/store/database-key.ts';
import { discardOldFile, hasNewKey } from '#main/store/key-change-files.ts';
import type { Ledger } from '#main/store/ledger/ledger.ts';
import type { Registry } from '#main/store/registry/registry.ts';
import { type Actor, actorSchema } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { DatabaseKeyStep, DatabaseKeyView } from '#shared/model/database-key.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { Vault } from '#shared/model/vault.ts';
import { keepSpillKey } from './spill-keys.ts';

/** What the keeper is made from. */
export interface DatabaseKeyKeeperOptions {
  readonly vault: Vault;
  readonly registry: Pick<Registry, 'state' | 'settings' | 'audit' | 'transaction' | 'changeKey'>;
  readonly ledger: Pick<Ledger, 'changeKey'>;
  /** Every database file that is encrypted with the key. */
  readonly files: readonly string[];
  /** The key that they are open with. */
  readonly key: string;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly onChange: () => void;
}

/** The key of the databases: how old it is, and how it is changed while everything goes on. */
export interface DatabaseKeyKeeper {
  /** The one that the databases have now. */
  readonly key: string;
  view(): DatabaseKeyView;
  /** Encrypts both databases with a new key. Rejects with `conflict` while that is under way, and with what came in the way. */
  change(actor: Actor): Promise<DatabaseKeyView>;
  /** Does what is due, and goes on with what was left half done: to be called now and then. */
  look(): Promise<void>;
  /** Waits for a change that is under way. */
  close(): Promise<void>;
}

/** Name of the state that says when the key was made. */
const madeState = 'database-key';
/** Name of the state that is there from before a new key is in the vault until nothing is left to do. */
const changeState = 'database-key-change';

const madeSchema = lazily(() => z.object({ at: z.number() }));
const changeSchema = lazily(() => z.object({ from: z.string(), actor: actorSchema.catch('system') }));

const dayMs = 24 * 60 * 60 * 1_000;
/** Until what came in the way is tried again by itself, in milliseconds. */
const retryMs = 10 * 60 * 1_000;

interface Underway {
  readonly actor: Actor;
  readonly next: string;
  readonly done: Set<DatabaseKeyStep>;
}

/** Makes the keeper, and says how a change ended that an earlier run was cut off in. */
export function createDatabaseKeyKeeper(options: DatabaseKeyKeeperOptions): DatabaseKeyKeeper {
  const keeper = new Keeper(options);
  keeper.concludeInterrupted();
  return keeper;
}

class Keeper implements DatabaseKeyKeeper {
  readonly #options: DatabaseKeyKeeperOptions;
  #key: string;
  #step: DatabaseKeyStep | null = null;
  #problem: string | null = null;
  /** A change that got so far that it can only be completed. */
  #halfDone: Underway | null = null;
  #running: Promise<unknown> | null = null;
  #tryAgainAt = Number.NEGATIVE_INFINITY;
  /** The vault may still hold a next key that nothing is encrypted with. */
  #hasStrayKey = false;

  constructor(options: DatabaseKeyKeeperOptions) {
    this.#options = options;
    this.#key = options.key;
  }

  get key(): string {
    return this.#key;
  }

  concludeInterrupted(): void {
    const { registry, clock } = this.#options;
    const cutOff = changeSchema.safeParse(registry.state.read(changeState));
    if (cutOff.success) {
      const { actor } = cutOff.data;
      if (cutOff.data.from === printOf(this.#key)) this.#gaveUp(actor, 'The program ended meanwhile.');
      else this.#changed(actor);
      this.#hasStrayKey = true;
    } else if (!madeSchema.safeParse(registry.state.read(madeState)).success) {
      const [first] = registry.audit.list({ afterSequence: 0, limit: 1 });
      registry.state.write(madeState, { at: first === undefined ? clock.now() : Date.parse(first.at) });
    }
  }

  view(): DatabaseKeyView {
    const { databaseKeyDays } = this.#options.registry.settings.read();
    const made = this.#madeAt();
    const nextAt = databaseKeyDays === 0 ? null : new Date(made + databaseKeyDays * dayMs).toISOString();
    return { createdAt: new Date(made).toISOString(), nextAt, step: this.#step, problem: this.#problem };
  }

  change(actor: Actor): Promise<DatabaseKeyView> {
    if (this.#running !== null)
      return Promise.reject(new TollkeeperError('conflict', 'The databases are being encrypted anew already.'));
    const running = this.#run(actor).finally(() => {
      this.#running = null;
      this.#options.onChange();
    });
    this.#running = running.catch(() => undefined);
    return running;
  }

  async look(): Promise<void> {
    const { clock, vault } = this.#options;
    if (this.#running !== null || clock.monotonic() < this.#tryAgainAt) return;
    if (this.#halfDone !== null || this.#isDue()) {
      await this.change(this.#halfDone?.actor ?? 'system');
    } else if (this.#hasStrayKey) {
      await vault.remove(nextDatabaseKeyItem);
      this.#hasStrayKey = false;
    }
  }

  async close(): Promise<void> {
    await this.#running;
  }

  #isDue(): boolean {
    const { nextAt } = this.view();
    return nextAt !== null && this.#options.clock.now() >= Date.parse(nextAt);
  }

  #madeAt(): number {
    const read = madeSchema.safeParse(this.#options.registry.state.read(madeState));
    return read.success ? read.data.at : this.#options.clock.now();
  }

  async #run(actor: Actor): Promise<DatabaseKeyView> {
    const change = this.#halfDone ?? { actor, next: makeDatabaseKey(this.#options.random), done: new Set() };
    try {
      await this.#goOn(change);
    } catch (error) {
      this.#tryAgainAt = this.#options.clock.monotonic() + retryMs;
      await this.#failed(change, toErrorDocument(error).message);
      throw error;
    } finally {
      this.#step = null;
    }
    this.#halfDone = null;
    this.#problem = null;
    return this.view();
  }

  /** Each part is done once, however often the whole is tried. */
  async #goOn(change: Underway): Promise<void> {
    const { vault, registry, ledger, files } = this.#options;
    const { next, actor } = change;
    await this.#do(change, 'make-key', async () => {
      registry.transaction(() => {
        keepSpillKey(registry.state, this.#key);
        registry.state.write(changeState, { from: printOf(this.#key), actor });
      });
      await keepInVault(vault, nextDatabaseKeyItem, next);
    });
    await this.#do(change, 'encrypt-ledger', () => ledger.changeKey(next));
    await this.#do(change, 'encrypt-registry', async () => registry.changeKey(next));
    await this.#do(change, 'keep-key', async () => {
      await keepInVault(vault, databaseKeyItem, next);
      this.#key = next;
      await vault.remove(nextDatabaseKeyItem);
      for (const file of files) discardOldFile(file);
      this.#changed(actor);
    });
  }

  async #do({ done }: Underway, step: DatabaseKeyStep, work: () => Promise<void>): Promise<void> {
    if (done.has(step)) return;
    this.#step = step;
    this.#options.onChange();
    await work();
    done.add(step);
  }

  async #failed(change: Underway, reason: string): Promise<void> {
    if (this.#options.files.some(hasNewKey)) {
      this.#halfDone = change;
      this.#problem = `${reason} One database has the new key already; both keys are in the vault, and all data can be read. Tollkeeper goes on with it by itself.`;
      return;
    }
    this.#problem = `${reason} Nothing was changed: the databases have the key they had.`;
    for (const file of this.#options.files) discardOldFile(file);
    try {
      this.#gaveUp(change.actor, reason);
    } catch {
      // A registry that can't be written says at the next start that the change was given up.
    }
    this.#hasStrayKey = await this.#options.vault.remove(nextDatabaseKeyItem).then(
      () => false,
      () => true,
    );
  }

  #changed(actor: Actor): void {
    const { registry, clock } = this.#options;
    registry.transaction(() => {
      registry.state.write(madeState, { at: clock.now() });
      registry.state.remove(changeState);
      registry.audit.append({ event: 'database-key-changed', actor, subject: '' }, clock.now());
    });
  }

  #gaveUp(actor: Actor, reason: string): void {
    const { registry, clock } = this.#options;
    registry.transaction(() => {
      registry.state.remove(changeState);
      registry.audit.append(
        { event: 'database-key-kept', actor, subject: '', detail: { because: reason } },
        clock.now(),
      );
    });
  }
}

/** Writes an item and reads it back: nothing may be encrypted with a key that the vault does not hold. */
async function keepInVault(vault: Vault, item: string, secret: string): Promise<void> {
  await vault.write(item, secret);
  const read = await vault.read(item);
  if (read.state === 'unavailable') throw new TollkeeperError(read.code, read.message);
  if (read.state === 'absent' || read.secret !== secret)
    throw new TollkeeperError('vault_unavailable', `The vault did not keep the item ${item}.`);
}

/** Tells two keys apart without telling either. */
function printOf(key: string): string {
  return createHash('sha256').update(`tollkeeper database key ${key}`).digest('hex').slice(0, 16);
}
