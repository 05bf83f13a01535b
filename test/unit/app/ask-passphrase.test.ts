import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { askPassphrase, type PassphraseSource } from '#main/app/ask-passphrase.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

/** A terminal at which somebody types the lines, one for each question. */
function terminal(lines: readonly string[]): { readonly source: PassphraseSource; readonly shown: () => string } {
  const stdin = Object.assign(new PassThrough(), { isTTY: lines.length > 0, setRawMode: () => undefined });
  const stderr = new PassThrough();
  let shown = '';
  let next = 0;
  stderr.on('data', (chunk: Buffer) => {
    shown += chunk.toString('utf8');
    if (!shown.endsWith(': ')) return;
    const line = lines[next] ?? '';
    next += 1;
    setImmediate(() => stdin.write(`${line}\r`));
  });
  const source = { environment: {}, stdin, stderr } as unknown as PassphraseSource;
  return { source, shown: () => shown };
}

function fromFile(content: string): PassphraseSource {
  const file = join(temporaryFolder(), 'passphrase');
  writeFileSync(file, content);
  return { ...terminal([]).source, environment: { TOLLKEEPER_PASSPHRASE_FILE: file } };
}

describe('a passphrase', () => {
  test('is asked for once, or twice for a new vault, and never shown', async () => {
    const once = terminal(['open sesame']);
    expect(await askPassphrase(once.source, { confirm: false })).toBe('open sesame');
    expect(once.shown()).toBe('Passphrase: \n');
    const twice = terminal(['new one', 'new one']);
    expect(await askPassphrase(twice.source, { confirm: true })).toBe('new one');
    expect(twice.shown()).not.toContain('new one');
  });

  test('is refused when it is empty or not the same twice', async () => {
    expect(await codeOf(askPassphrase(terminal(['']).source, { confirm: false }))).toBe('wrong_passphrase');
    expect(await codeOf(askPassphrase(terminal(['one', 'two']).source, { confirm: true }))).toBe('wrong_passphrase');
  });

  test('comes from the first line of a file where there is no terminal', async () => {
    expect(await askPassphrase(fromFile('from file\r\nsecond line\n'), { confirm: true })).toBe('from file');
    expect(await codeOf(askPassphrase(fromFile('\n'), { confirm: false }))).toBe('wrong_passphrase');
    const missing = { ...terminal([]).source, environment: { TOLLKEEPER_PASSPHRASE_FILE: '/nowhere/at/all' } };
    expect(await codeOf(askPassphrase(missing, { confirm: false }))).toBe('vault_unavailable');
    expect(await codeOf(askPassphrase(terminal([]).source, { confirm: false }))).toBe('vault_unavailable');
  });
});
