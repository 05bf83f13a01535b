import { chmod, rename, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { PeerIdentifier } from '../control-options.ts';
import type { ConnectionSurroundings } from './control-connection.ts';

/** The control socket: where the CLI, and nothing else, manages Tollkeeper. */
export interface ControlChannel {
  /** Loads what a caller is answered with, so that the first one does not wait for it. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

/** What the channel is made from. */
export interface ControlChannelOptions extends ConnectionSurroundings {
  /** Unix socket or Windows pipe. */
  readonly path: string;
  readonly peers: Pick<PeerIdentifier, 'ofSocket'>;
}

const isWindows = process.platform === 'win32';

/**
 * Listens on the control socket, mode 0600. A socket that nobody answers is left over from a crash and replaced; one that
 * answers rejects with `already_running`: this is also the lock that lets one program run per home.
 */
export async function openControlChannel(options: ControlChannelOptions): Promise<ControlChannel> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', (error) => options.log('control-socket-error', { reason: error.message }));
    serve(socket, options).catch((error: unknown) => {
      options.log('control-connection-failed', { reason: toErrorDocument(error).message });
      socket.destroy();
    });
  });
  await listenAlone(server, options.path);
  if (!isWindows) await chmod(options.path, 0o600);
  return {
    async prepare() {
      await loadConnection();
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Listens, or finds out who does: of two that start at once exactly one gets through, whatever a crash left behind. */
async function listenAlone(server: Server, path: string): Promise<void> {
  if (await isAnswered(path)) throw new TollkeeperError('already_running');
  if (await tryToListen(server, path)) return;
  await removeStale(path);
  if (!(await tryToListen(server, path))) throw new TollkeeperError('already_running');
}

function tryToListen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    function failed(error: NodeJS.ErrnoException): void {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    }
    server.once('error', failed);
    server.listen(path, () => {
      server.off('error', failed);
      resolve(true);
    });
  });
}

/** Takes the socket aside before looking at it once more: moving is atomic, so nobody's fresh socket is deleted. */
async function removeStale(path: string): Promise<void> {
  const aside = join(dirname(path), `old-${process.pid}`);
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (await isAnswered(aside)) {
    await rename(aside, path);
    throw new TollkeeperError('already_running');
  }
  await unlink(aside);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

async function serve(socket: Socket, options: ControlChannelOptions): Promise<void> {
  const process = options.peers.ofSocket(socket);
  const { serveControlConnection } = await loadConnection();
  serveControlConnection({ socket, process, surroundings: options });
}

/** Most of what the channel needs is there to answer, and nobody calls while Tollkeeper starts. */
function loadConnection(): Promise<typeof import('./control-connection.ts')> {
  return import('./control-connection.ts');
}
