import { chmodSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chooseBinding } from '#main/control/binding/choose-binding.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import { fakePeers } from '#test/fakes/fake-peers.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

const bash = { pid: 30, executable: '/usr/bin/bash', name: 'bash', startedAt: '300@b' };
const claude = { pid: 20, executable: '/usr/bin/node', name: 'claude', startedAt: '200@b' };
const terminal = { pid: 10, executable: '/usr/bin/kitty', name: 'kitty', startedAt: '100@b' };

function tollUnder(parents: PeerProcess['parents'], changes: Partial<PeerProcess> = {}): PeerProcess {
  return {
    ...{ pid: 40, executable: '/usr/bin/node', name: 'toll', arguments: ['toll'], folder: '/work', user: 'ada' },
    ...{ startedAt: '400@b', parents, verified: true },
    ...changes,
  };
}

const hashes = fakePeers({
  hashProgram: async ({ pid }) => `hash of ${pid}`,
  hashFile: async (path) => `hash of ${path}`,
});

describe('a run', () => {
  test('is the caller itself', async () => {
    expect(await chooseBinding({ kind: 'run' }, tollUnder([bash]), hashes)).toEqual({
      kind: 'tree',
      name: 'toll',
      root: { pid: 40, startedAt: '400@b' },
    });
  });

  test.each([
    ['nobody', null],
    ['a caller that only claims', tollUnder([bash], { verified: false })],
    ['a caller without a start', tollUnder([bash], { startedAt: null })],
  ])('of %s can’t be proved', async (_case, process) => {
    expect(await codeOf(chooseBinding({ kind: 'run' }, process, hashes))).toBe('binding_unprovable');
  });
});

describe('a tree', () => {
  test('is that of the program that called toll, past its shells', async () => {
    const binding = await chooseBinding(
      { kind: 'tree' },
      tollUnder([bash, claude, { ...bash, pid: 15 }, terminal]),
      hashes,
    );
    expect(binding).toMatchObject({ name: 'claude', root: { pid: 20, startedAt: '200@b' } });
  });

  test('is the outermost shell where a person asks, and never the terminal with all its other windows', async () => {
    const outer = { ...bash, pid: 15, startedAt: '150@b' };
    const binding = await chooseBinding({ kind: 'tree' }, tollUnder([bash, outer, terminal]), hashes);
    expect(binding).toMatchObject({ name: 'bash', root: { pid: 15 } });
    const init = { pid: 1, executable: '/sbin/tini', name: 'tini', startedAt: '1@b' };
    expect(await chooseBinding({ kind: 'tree' }, tollUnder([bash, init]), hashes)).toMatchObject({ root: { pid: 30 } });
  });

  test.each([
    ['no parents are told', []],
    ['the parent has no start', [{ pid: 20, executable: '/usr/bin/node', name: 'claude' }]],
  ])('can’t be proved where %s', async (_case, parents) => {
    expect(await codeOf(chooseBinding({ kind: 'tree' }, tollUnder(parents), hashes))).toBe('binding_unprovable');
  });
});

describe('a program', () => {
  const wish = (path: string | null) => ({ kind: 'executable', path }) as const;

  test('that called toll is bound with the contents that run', async () => {
    const binding = { kind: 'executable', path: '/usr/bin/node', sha256: 'hash of 20' };
    expect(await chooseBinding(wish(null), tollUnder([bash, claude, terminal]), hashes)).toEqual(binding);
    expect(await chooseBinding(wish(null), tollUnder([], { name: 'codex' }), hashes)).toEqual({
      ...binding,
      sha256: 'hash of 40',
    });
  });

  test('has to be named where a shell asks', async () => {
    expect(await codeOf(chooseBinding(wish(null), tollUnder([bash, terminal]), hashes))).toBe('invalid_request');
  });

  test('whose contents can’t be read can’t be proved', async () => {
    expect(await codeOf(chooseBinding(wish(null), tollUnder([claude]), fakePeers()))).toBe('binding_unprovable');
  });

  test('may be named by a link to it', async () => {
    const folder = realpathSync(temporaryFolder());
    writeFileSync(join(folder, 'real'), '\u007fELF');
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    const real = join(folder, 'real');
    expect(await chooseBinding(wish(join(folder, 'link')), null, hashes)).toEqual({
      kind: 'executable',
      path: real,
      sha256: `hash of ${real}`,
    });
  });

  test('is no script, and is there', async () => {
    const script = join(temporaryFolder(), 'tool');
    writeFileSync(script, '#!/bin/sh\n');
    chmodSync(script, 0o755);
    expect(await codeOf(chooseBinding(wish(script), null, hashes))).toBe('invalid_request');
    expect(await codeOf(chooseBinding(wish(`${script}-missing`), null, hashes))).toBe('not_found');
    expect(await codeOf(chooseBinding(wish('node'), null, hashes))).toBe('not_found');
  });
});
