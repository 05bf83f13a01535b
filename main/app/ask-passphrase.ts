import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { TollkeeperError } from '#shared/model/error.ts';

/** Where a passphrase comes from. */
export interface PassphraseSource {
  readonly environment: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Variable that names a file whose first line is the passphrase. */
export const passphraseFileVariable = 'TOLLKEEPER_PASSPHRASE_FILE';

/** Asks for the passphrase on the terminal without showing it, twice for a new vault; a service reads it from a file. */
export async function askPassphrase(
  source: PassphraseSource,
  question: { readonly confirm: boolean },
): Promise<string> {
  const file = source.environment[passphraseFileVariable];
  if (file) return passphraseFromFile(file);
  if (!source.stdin.isTTY) {
    throw new TollkeeperError(
      'vault_unavailable',
      `There is no terminal to ask for the passphrase on. Put it in a file that only you can read and name that in ${passphraseFileVariable}.`,
    );
  }
  const first = await askHidden(source, question.confirm ? 'New passphrase: ' : 'Passphrase: ');
  if (first === '') throw new TollkeeperError('wrong_passphrase', 'An empty passphrase protects nothing.');
  if (question.confirm && (await askHidden(source, 'Once more: ')) !== first) {
    throw new TollkeeperError('wrong_passphrase', 'The two passphrases are not the same. Start again.');
  }
  return first;
}

async function passphraseFromFile(file: string): Promise<string> {
  const [line = ''] = (await readFile(file, 'utf8').catch(unreadable(file))).split(/\r?\n/);
  if (line === '') throw new TollkeeperError('wrong_passphrase', `The first line of ${file} holds no passphrase.`);
  return line;
}

function unreadable(file: string): (cause: unknown) => never {
  return (cause) => {
    throw new TollkeeperError('vault_unavailable', `The passphrase file ${file} can't be read.`, { cause });
  };
}

async function askHidden({ stdin, stderr }: PassphraseSource, prompt: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: silent, terminal: true });
  const interrupted = new AbortController();
  reader.once('SIGINT', () => interrupted.abort());
  stderr.write(prompt);
  try {
    return await reader.question('', { signal: interrupted.signal });
  } catch (cause) {
    throw new TollkeeperError('vault_unavailable', 'No passphrase was given.', { cause });
  } finally {
    reader.close();
    stderr.write('\n');
  }
}
