import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createPeerIdentifier } from '#main/host/peer/identify-peer.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

const connectScript = `
const [, target] = process.argv;
require('node:net').connect(/^\\d+$/.test(target) ? { port: Number(target), host: process.env.HOST } : target).on('error', () => process.exit(1));
`;

/** A Node process that connects to the server and stays. */
async function calledBy(server: Server, target: string, options: { readonly folder: string; readonly host?: string }) {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const child: ChildProcess = spawn(process.execPath, ['-e', connectScript, target, '--api-key=hunter2-hunter2'], {
    cwd: options.folder,
    env: { HOST: options.host ?? '127.0.0.1' },
    stdio: 'ignore',
  });
  const [socket] = await accepted;
  onTestFinished(() => {
    socket.destroy();
    child.kill('SIGKILL');
    server.close();
  });
  return { child, socket };
}

async function listening(where: string | { readonly port: number; readonly host: string }): Promise<Server> {
  const server = createServer();
  server.listen(where);
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe.runIf(process.platform === 'linux')('on this Linux', () => {
  const peers = createPeerIdentifier();

  test('names the process behind the control socket', async () => {
    const folder = realpathSync(temporaryFolder());
    const path = join(folder, 'control.sock');
    const { child, socket } = await calledBy(await listening(path), path, { folder });
    const peer = await peers.ofSocket(socket);
    expect(peer).toMatchObject({
      pid: child.pid,
      executable: realpathSync(process.execPath),
      name: 'node',
      folder,
      verified: true,
      user: expect.stringMatching(/./),
      startedAt: expect.stringMatching(/^\d+@[\da-f]{8}$/),
    });
    expect(peer?.arguments.at(-1)).toBe('--api-key=…');
    expect(peer?.parents[0]).toMatchObject({ pid: process.pid });
  });

  test.each(['127.0.0.1', '::1'])(
    'names the process behind a connection from %s, also the second time',
    async (host) => {
      const folder = realpathSync(temporaryFolder());
      const server = await listening({ port: 0, host });
      const { child, socket } = await calledBy(server, String(portOf(server)), { folder, host });
      const connection = {
        callerAddress: socket.remoteAddress ?? '',
        callerPort: socket.remotePort ?? 0,
        localPort: portOf(server),
      };
      expect(await peers.ofConnection(connection)).toMatchObject({ pid: child.pid, folder });
      expect(await peers.ofConnection(connection)).toMatchObject({ pid: child.pid, folder });
    },
  );

  test('finds the caller in a tree it is told of, and names all it descends from', async () => {
    const folder = realpathSync(temporaryFolder());
    const server = await listening({ port: 0, host: '127.0.0.1' });
    const { child, socket } = await calledBy(server, String(portOf(server)), { folder });
    const connection = { callerAddress: '127.0.0.1', callerPort: socket.remotePort ?? 0, localPort: portOf(server) };
    const found = await peers.findCaller(connection, []);
    const lineage = found.state === 'found' ? found.lineage : [];
    expect(lineage.map(({ pid }) => pid).slice(0, 2)).toEqual([child.pid, process.pid]);
    const tree = lineage.filter(({ pid }) => pid === process.pid);
    expect(await createPeerIdentifier().findCaller(connection, tree)).toEqual(found);
    expect(await peers.findCaller({ ...connection, callerPort: 1 }, tree)).toEqual({ state: 'gone' });
  });

  test('hashes the program that runs', async () => {
    const folder = realpathSync(temporaryFolder());
    const path = join(folder, 'control.sock');
    const { socket } = await calledBy(await listening(path), path, { folder });
    const peer = await peers.ofSocket(socket);
    const expected = createHash('sha256').update(readFileSync(process.execPath)).digest('hex');
    expect(peer && (await peers.hashProgram(peer))).toBe(expected);
  });

  test('tells nothing of a caller that has gone', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'control.sock');
    const { child, socket } = await calledBy(await listening(path), path, { folder });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await peers.ofSocket(socket)).toBeNull();
    expect(await peers.ofConnection({ callerAddress: '127.0.0.1', callerPort: 1, localPort: 1 })).toBeNull();
  });
});

test('a platform that fails is one that can’t tell', async () => {
  const refuse = async () => Promise.reject(new Error('no'));
  const peers = createPeerIdentifier({
    pidOfSocket: async () => 1,
    findCaller: refuse,
    describe: refuse,
    lineage: refuse,
    programFile: () => '/proc/1/exe',
  });
  const connection = { callerAddress: '127.0.0.1', callerPort: 1, localPort: 1 };
  expect(await peers.ofConnection(connection)).toBeNull();
  expect(await peers.findCaller(connection, [])).toEqual({ state: 'unknown' });
  expect(await peers.describe({ pid: 1, startedAt: '1' })).toBeNull();
});

test('a pid that was given to another process describes nobody, and its program has no hash', async () => {
  const described = { ...processOf(), startedAt: 'later' };
  const peers = createPeerIdentifier(
    {
      pidOfSocket: async () => null,
      findCaller: async () => ({ pid: 42, startedAt: 'earlier' }),
      describe: async () => described,
      lineage: async () => [{ pid: 42, startedAt: 'later' }],
      programFile: () => '/proc/42/exe',
    },
    async () => 'abc',
  );
  const connection = { callerAddress: '127.0.0.1', callerPort: 1, localPort: 1 };
  expect(await peers.findCaller(connection, [])).toEqual({ state: 'gone' });
  expect(await peers.ofConnection(connection)).toBeNull();
  expect(await peers.describe({ pid: 42, startedAt: 'earlier' })).toBeNull();
  expect(await peers.describe({ pid: 42, startedAt: 'later' })).toEqual(described);
  expect(await peers.hashProgram({ ...described, startedAt: 'earlier' })).toBeNull();
  expect(await peers.hashProgram(described)).toBe('abc');
});

function processOf() {
  return {
    pid: 42,
    executable: '/usr/bin/curl',
    name: 'curl',
    arguments: [],
    folder: '/',
    user: 'ada',
    startedAt: '1',
    parents: [],
    verified: true,
  };
}
