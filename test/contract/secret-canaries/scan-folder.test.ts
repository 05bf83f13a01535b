import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scanFolder } from './scan-folder.ts';

/** Not the real marker: planting that one would make the search after the run find it. */
const marker = 'plantedMarker4Hn8RtY';

describe('the search for written secrets', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'canary-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test.each([
    ['plain', Buffer.from(`{"apiKey":"sk-${marker}"}`)],
    ['utf-16', Buffer.from(`key=${marker}`, 'utf16le')],
    ['hex', Buffer.from(Buffer.from(`sk-${marker}`).toString('hex'))],
    ['hex', Buffer.from(Buffer.from(`sk-${marker}`).toString('hex').toUpperCase())],
    ['base64', Buffer.from(Buffer.from(`${marker}`).toString('base64'))],
    ['base64', Buffer.from(Buffer.from(`a${marker}b`).toString('base64'))],
    ['base64', Buffer.from(Buffer.from(`ab${marker}ccc`).toString('base64url'))],
    ['reversed', Buffer.from([...marker].reverse().join(''))],
  ])('finds a planted secret in its %s form', async (encoding, content) => {
    await mkdir(path.join(folder, 'logs'));
    await writeFile(path.join(folder, 'logs/gateway.log'), content);
    const { hits } = await scanFolder(folder, marker);
    expect(hits.map((hit) => hit.encoding)).toEqual([encoding]);
  });

  test('finds one that lies across two chunks of a large file, and says where', async () => {
    const before = 4 * 1024 * 1024 - 7;
    await writeFile(path.join(folder, 'ledger.db'), Buffer.concat([Buffer.alloc(before), Buffer.from(marker)]));
    const { hits } = await scanFolder(folder, marker);
    expect(hits).toEqual([{ file: path.join(folder, 'ledger.db'), encoding: 'plain', offset: before }]);
  });

  test('finds one in a file name and reads hidden files', async () => {
    await writeFile(path.join(folder, `.${marker}`), '');
    await writeFile(path.join(folder, '.npmrc'), marker);
    const { hits, filesSearched } = await scanFolder(folder, marker);
    expect(hits.map((hit) => hit.encoding).sort()).toEqual(['file name', 'plain']);
    expect(filesSearched).toBe(2);
  });

  test('finds nothing in a folder that holds none', async () => {
    await writeFile(path.join(folder, 'usage.csv'), 'plantedMarker4Hn8Rt and no more');
    expect(await scanFolder(folder, marker)).toEqual({ filesSearched: 1, hits: [] });
  });
});
