import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { Vault, VaultRead } from '#shared/model/vault.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** Cost of one guess of the passphrase: 128 MiB of memory and a good third of a second. RFC 7914 section 2 names the parameters. */
const cost = { N: 2 ** 17, r: 8, p: 1 } as const;
const memoryLimitBytes = 512 * 1024 * 1024;
const keyBytes = 32;
const saltBytes = 32;
const nonceBytes = 12;

const base64Schema = lazily(() => z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/));

const fileSchema = lazily(() =>
  z.object({
    version: z.literal(1),
    kdf: z.object({
      name: z.literal('scrypt'),
      N: z
        .number()
        .int()
        .min(cost.N)
        .max(2 ** 20),
      r: z.number().int().min(8).max(16),
      p: z.number().int().min(1).max(4),
      salt: base64Schema,
    }),
    cipher: z.literal('aes-256-gcm'),
    nonce: base64Schema,
    tag: base64Schema,
    items: base64Schema,
  }),
);

const itemsSchema = lazily(() => z.record(z.string(), z.string()));

type VaultFile = z.infer<typeof fileSchema>;
type Items = Readonly<z.infer<typeof itemsSchema>>;

interface DerivedKey {
  readonly kdf: VaultFile['kdf'];
  readonly key: Buffer;
}

/** What opening a passphrase vault needs. */
export interface PassphraseVaultOptions {
  /** Absolute path of the vault's file. */
  readonly path: string;
  /** Asks a person; `confirm` when a new vault is made with the answer. */
  readonly askPassphrase: (question: { readonly confirm: boolean }) => Promise<string>;
}

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt);

/**
 * Opens, or makes, a file whose whole content is encrypted with a key derived from a passphrase: scrypt and AES-256-GCM from
 * Node's OpenSSL. Rejects with `wrong_passphrase`, `storage_corrupt` when the file is no vault, or `vault_unavailable`; a file
 * that can't be read is never overwritten.
 */
export async function openPassphraseVault(options: PassphraseVaultOptions): Promise<Vault> {
  const { path } = options;
  const existing = await load(path);
  const passphrase = (await options.askPassphrase({ confirm: existing === null })).normalize('NFC');
  if (passphrase === '') throw new TollkeeperError('wrong_passphrase', 'The passphrase is empty.');
  const derived = await deriveKey(passphrase, existing);
  if (existing) decrypt(existing, derived.key);
  else await store(path, encrypt({}, derived));

  let queue: Promise<void> = Promise.resolve();
  function change(edit: (items: Items) => Items): Promise<void> {
    const done = queue.then(async () => store(path, encrypt(edit(await currentItems(path, derived)), derived)));
    queue = done.catch(() => undefined);
    return done;
  }

  return {
    kind: 'passphrase',
    async status() {
      try {
        await currentItems(path, derived);
        return { state: 'ready' };
      } catch (error) {
        return { state: 'unavailable', message: messageOf(error) };
      }
    },
    read: (name) => readItem(name, () => currentItems(path, derived)),
    write: (name, secret) => change((items) => ({ ...items, [name]: secret })),
    remove: (name) => change((items) => Object.fromEntries(Object.entries(items).filter(([other]) => other !== name))),
  };
}

async function readItem(name: string, items: () => Promise<Items>): Promise<VaultRead> {
  try {
    const kept = await items();
    const secret = Object.hasOwn(kept, name) ? kept[name] : undefined;
    return secret === undefined ? { state: 'absent' } : { state: 'present', secret };
  } catch (error) {
    return { state: 'unavailable', code: 'vault_unavailable', message: messageOf(error) };
  }
}

async function currentItems(path: string, derived: DerivedKey): Promise<Items> {
  const file = await load(path);
  if (!file) throw new TollkeeperError('vault_unavailable', `The vault file ${path} is gone. Put it back.`);
  try {
    return decrypt(file, derived.key);
  } catch (cause) {
    throw new TollkeeperError(
      'vault_unavailable',
      `The vault file ${path} was replaced or damaged. Put it back, or start Tollkeeper again.`,
      { cause },
    );
  }
}

async function load(path: string): Promise<VaultFile | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new TollkeeperError(
      'vault_unavailable',
      `The vault file ${path} can\u2019t be read. Check its owner and mode.`,
      { cause },
    );
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new TollkeeperError(
      'storage_corrupt',
      `${path} is not a vault file. Restore it from a backup, or move it away to start anew.`,
      { cause },
    );
  }
}

async function store(path: string, file: VaultFile): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomically(path, `${JSON.stringify(file)}\n`);
  } catch (cause) {
    throw new TollkeeperError(
      'vault_unavailable',
      `The vault file ${path} can\u2019t be written. Free some disk space or check its folder; nothing was changed.`,
      { cause },
    );
  }
}

async function deriveKey(passphrase: string, existing: VaultFile | null): Promise<DerivedKey> {
  const kdf = existing?.kdf ?? { name: 'scrypt' as const, ...cost, salt: randomBytes(saltBytes).toString('base64') };
  const { N, r, p } = kdf;
  const key = await derive(passphrase, Buffer.from(kdf.salt, 'base64'), keyBytes, {
    N,
    r,
    p,
    maxmem: memoryLimitBytes,
  });
  return { kdf, key };
}

/** What is authenticated beside the items, so that nobody weakens the parameters unseen. */
function header(kdf: VaultFile['kdf']): Buffer {
  return Buffer.from(JSON.stringify(['tollkeeper-vault', 1, kdf.name, kdf.N, kdf.r, kdf.p, kdf.salt]));
}

function encrypt(items: Items, { kdf, key }: DerivedKey): VaultFile {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(header(kdf));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(items), 'utf8'), cipher.final()]);
  return {
    version: 1,
    kdf,
    cipher: 'aes-256-gcm',
    nonce: nonce.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    items: sealed.toString('base64'),
  };
}

function decrypt(file: VaultFile, key: Buffer): Items {
  let opened: string;
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, Buffer.from(file.nonce, 'base64'), { authTagLength: 16 });
    cipher.setAAD(header(file.kdf)).setAuthTag(Buffer.from(file.tag, 'base64'));
    opened = Buffer.concat([cipher.update(Buffer.from(file.items, 'base64')), cipher.final()]).toString('utf8');
  } catch (cause) {
    throw new TollkeeperError('wrong_passphrase', 'The passphrase is wrong, or the vault file is damaged.', { cause });
  }
  return itemsSchema.parse(JSON.parse(opened));
}

function messageOf(error: unknown): string {
  return error instanceof TollkeeperError ? error.message : new TollkeeperError('vault_unavailable').message;
}
