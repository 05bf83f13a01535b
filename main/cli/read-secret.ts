import { TollkeeperError } from '#shared/model/error.ts';
import { WithdrawnError } from './ask-for-access.ts';
import type { Cli, Inlet } from './cli.ts';

/** More than any provider key; what is longer was not meant to be one. */
const maxSecretBytes = 8_192;

/** Reads a secret from a pipe, or from a terminal without showing it; without the one newline at its end. */
export async function readSecret(cli: Cli, prompt: string): Promise<string> {
  const text = cli.stdin.isTTY === true ? await readHidden(cli, prompt) : await readAll(cli.stdin);
  return text.replace(/\r?\n$/, '');
}

async function readAll(stdin: Inlet): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Buffer);
    length += bytes.length;
    if (length > maxSecretBytes) throw new TollkeeperError('key_malformed', 'That is too long for a key.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Raw mode, so that nothing typed is echoed; Enter ends, Backspace deletes, Ctrl-C gives up. */
function readHidden(cli: Cli, prompt: string): Promise<string> {
  const { stdin, stderr } = cli;
  stderr.write(prompt);
  stdin.setRawMode?.(true);
  return new Promise<string>((resolve, reject) => {
    let text = '';
    const finish = (settle: () => void) => {
      stdin.off('data', onData);
      stdin.setRawMode?.(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const onData = (chunk: Buffer | string) => {
      for (const character of chunk.toString()) {
        if (character === '\r' || character === '\n' || character === '\u0004') return finish(() => resolve(text));
        if (character === '\u0003') return finish(() => reject(new WithdrawnError()));
        text = character === '\u007F' || character === '\b' ? [...text].slice(0, -1).join('') : text + character;
      }
    };
    stdin.on('data', onData);
    stdin.resume();
  });
}
