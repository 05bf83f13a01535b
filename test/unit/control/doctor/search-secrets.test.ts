import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { searchSecrets } from '#main/control/doctor/search-secrets.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

const secret = 'k3y-for-the-search-0123456789';
const sought = [{ name: 'the key', secret }];

async function searchFor(content: string | Buffer): Promise<readonly string[]> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'log'));
  writeFileSync(join(folder, 'log', 'a.log'), content);
  return (await searchSecrets({ folder, processIds: [] }, sought)).found;
}

describe('a search for secrets', () => {
  it.each([
    ['as it is', `x${secret}y`],
    ['in UTF-16', Buffer.from(secret, 'utf16le')],
    ['in hex', Buffer.from(secret).toString('hex')],
    ['in capital hex', Buffer.from(secret).toString('hex').toUpperCase()],
    ['backwards', [...secret].reverse().join('')],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in the middle of base64', Buffer.from(`ab${secret}cd`).toString('base64')],
    ['across two reads', 'x'.repeat(1024 * 1024 - 5) + secret],
  ])('finds one %s', async (_name, content) => {
    const found = await searchFor(content);
    expect(found).toEqual([expect.stringMatching(/^the key in .*a\.log$/)]);
    expect(found.join()).not.toContain(secret);
  });

  it('finds none where there is none', async () => {
    expect(await searchFor(secret.slice(1))).toEqual([]);
  });

  it('finds one in a file’s name, and does not repeat it', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, secret), '');
    const { found } = await searchSecrets({ folder, processIds: [] }, sought);
    expect(found).toEqual(['the key in the name of a file']);
  });

  it.skipIf(process.platform !== 'linux')('finds one in a process’s environment', async () => {
    const started = [{ name: 'a path', secret: process.execPath.padEnd(16, '_') }];
    const processIds = [process.pid];
    const { found } = await searchSecrets({ folder: temporaryFolder(), processIds }, started);
    const inArguments = process.execPath.length >= 16;
    expect(found.some((place) => place.includes(`process ${process.pid}`))).toBe(inArguments);
  });

  it('does not look for what is too short to be told from chance', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a'), 'short');
    const { found, searched } = await searchSecrets({ folder, processIds: [] }, [{ name: 'x', secret: 'short' }]);
    expect([found, searched]).toEqual([[], 1]);
  });
});
