import { describe, expect, test } from 'vitest';
import type { Grant } from '#shared/model/access.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import { findUnusual } from '#shared/policy/find-unusual.ts';
import { isUnattended } from '#shared/policy/judge-background.ts';
import { isSameProgram } from '#shared/policy/same-program.ts';
import { grantRecord } from '#test/fixtures/registry-records.ts';
import { demandOf, processOf } from '../control/control-bench.ts';

function grantOf(process: PeerProcess | null, scopes = ['openai:chat']): Grant {
  return grantRecord({ tool: 'codey', scopes, process });
}

function inFolders(...folders: string[]): readonly Grant[] {
  return folders.map((folder) => grantOf(processOf({ folder })));
}

describe('findUnusual', () => {
  test('a tool without a past is new, not unusual', () => {
    expect(findUnusual(demandOf({ scopes: ['*:*'] }), null, [])).toEqual([]);
  });

  test('the same again is usual', () => {
    expect(findUnusual(demandOf(), processOf(), [grantOf(processOf())])).toEqual([]);
  });

  test('a program whose content was never seen', () => {
    const known = [grantOf(processOf({ executableHash: 'aa' })), grantOf(processOf({ executableHash: 'bb' }))];
    expect(findUnusual(demandOf(), processOf({ executableHash: 'bb' }), known)).toEqual([]);
    expect(findUnusual(demandOf(), processOf({ executableHash: 'cc' }), known)).toEqual(['changed-program']);
    expect(findUnusual(demandOf(), processOf({ executableHash: 'cc' }), [grantOf(processOf())])).toEqual([]);
  });

  test('a known name from another program, or from one that can not be told', () => {
    const known = [grantOf(processOf())];
    expect(findUnusual(demandOf(), processOf({ executable: '/tmp/codey' }), known)).toEqual(['other-program']);
    expect(findUnusual(demandOf(), null, known)).toEqual(['other-program']);
    expect(findUnusual(demandOf(), processOf(), [grantOf(null)])).toEqual([]);
  });

  test('a known name from another program that asks by way of toll, where all have the same executable', () => {
    const by = (executable: string, name: string): PeerProcess =>
      processOf({ name: 'toll', parents: [{ pid: 9, executable, name }] });
    const known = [grantOf(by('/usr/bin/codey', 'codey'))];
    expect(findUnusual(demandOf(), by('/usr/bin/codey', 'codey'), known)).toEqual([]);
    expect(findUnusual(demandOf(), by('/tmp/evil', 'evil'), known)).toEqual(['other-program']);
    const typed = [grantOf(by('/usr/bin/kitty', 'kitty'))];
    expect(findUnusual(demandOf(), by('/usr/bin/code', 'code'), typed)).toEqual([]);
    expect(findUnusual(demandOf(), by('/usr/lib/systemd/systemd', 'systemd'), typed)).toEqual(['other-program']);
  });

  test.each([
    [['openai:chat:gpt-5*'], []],
    [['openai:chat', 'openai:images'], ['wider-scope']],
    [['*:chat'], ['wider-scope']],
  ])('%s after openai:chat: %s', (scopes, reasons) => {
    expect(findUnusual(demandOf({ scopes }), processOf(), [grantOf(processOf())])).toEqual(reasons);
  });

  test.each([
    ['/home/ada/src/site', []],
    ['/home/ada/src/new-project', []],
    ['/home/ada/src/site/deep/inside', []],
    ['/home/ada/secrets', ['other-folder']],
    ['/home/ada', ['other-folder']],
    ['/tmp', ['other-folder']],
  ])('%s beside projects in /home/ada/src: %s', (folder, reasons) => {
    const known = inFolders('/home/ada/src/site', '/home/ada/src/app', '/home/ada/src/site');
    expect(findUnusual(demandOf(), processOf({ folder }), known)).toEqual(reasons);
  });

  test('two folders are no habit yet', () => {
    expect(findUnusual(demandOf(), processOf({ folder: '/tmp' }), inFolders('/work', '/work'))).toEqual([]);
  });
});

describe('isUnattended', () => {
  const from = (...names: string[]) => ({
    parents: names.map((name, index) => ({ pid: names.length - index, executable: null, name })),
  });

  test.each([
    ['it says so', { background: true }, from('zsh', 'ghostty'), true],
    ['cron started it', {}, from('sh', 'cron', 'systemd'), true],
    ['a service manager started it directly', { terminal: false }, from('sh', 'systemd'), true],
    ['a service of the system started it', { terminal: false }, from('worker', 'systemd'), true],
    ['a person works in a terminal', { terminal: true }, from('zsh', 'st', 'i3', 'lightdm', 'systemd'), false],
    ['an app without a terminal in a session', { terminal: false }, from('Claude', 'gnome-shell', 'systemd'), false],
    ['an app that launchd started', { terminal: false }, from('Claude', 'launchd'), false],
    ['nothing is said of a terminal', {}, from('sh', 'systemd'), false],
    ['nobody knows', { terminal: false }, null, false],
    ['in a container', { terminal: false }, from('sh', 'node', 'tini'), false],
  ])('%s', (_name, demand, process, expected) => {
    expect(isUnattended(demand, process)).toBe(expected);
  });
});

describe('isSameProgram', () => {
  const toll = (caller: string): PeerProcess =>
    processOf({
      name: 'toll',
      parents: [
        { pid: 8, executable: '/bin/sh', name: 'sh' },
        { pid: 7, executable: `/usr/bin/${caller}`, name: caller },
      ],
    });

  test.each([
    ['itself', processOf(), processOf({ pid: 77, startedAt: '9' }), true],
    ['another folder', processOf(), processOf({ folder: '/tmp' }), false],
    ['another script of the same interpreter', processOf(), processOf({ name: 'other' }), false],
    ['other content', processOf({ executableHash: 'aa' }), processOf({ executableHash: 'bb' }), false],
    ['nobody vouches', processOf({ verified: false }), processOf({ verified: false }), false],
    ['not known', null, null, false],
    ['toll called by the same tool', toll('claude'), toll('claude'), true],
    ['toll called by another', toll('claude'), toll('evil'), false],
  ])('%s', (_name, left, right, expected) => {
    expect(isSameProgram(left, right)).toBe(expected);
  });
});
