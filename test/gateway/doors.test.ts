import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, createLeaf, type KeyedCertificate, validity } from '#main/control/tls/certificate.ts';
import type { TlsLease } from '#shared/contract/port.ts';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { startUpstream, type TestUpstream } from './support/test-upstream.ts';

/** The ways in besides the plain port. */
const surroundings = { now: Date.now(), random: (bytes: number) => randomBytes(bytes) };
let folder: string;
let socketPath: string;
let upstream: TestUpstream;
let gateway: TestGateway;
let authority: KeyedCertificate;
let token: string;

function lease(port = 0): TlsLease {
  const leaf = createLeaf(authority, surroundings.now + validity.authority, surroundings);
  return { port, chain: leaf.certificate + authority.certificate, privateKey: leaf.privateKey };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollkeeper-test-'));
  socketPath = join(folder, 'gateway.sock');
  authority = createAuthority(surroundings);
  await writeFile(socketPath, 'left behind by a crash');
  upstream = await startUpstream();
  gateway = await startTestGateway({
    upstreams: [{ provider: 'openai', baseUrl: `${upstream.origin}/v1` }],
    configuration: { socketPath, tls: lease() },
  });
  await gateway.doors((doors) => doors.tls !== null);
  ({ token } = await gateway.grant());
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
  await rm(folder, { recursive: true });
});

/** Sends a head over a connection of any kind and reads until it is over. */
function ask(socket: net.Socket, head: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.write(`${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  });
}

function models(host: string, ...more: readonly string[]): readonly string[] {
  return ['GET /openai/v1/models HTTP/1.1', `Host: ${host}`, `Authorization: Bearer ${token}`, ...more];
}

function overTls(port: number, options: tls.ConnectionOptions = {}): tls.TLSSocket {
  return tls.connect({ port, host: '127.0.0.1', ca: authority.certificate, ...options });
}

function tlsPort(): number {
  return gateway.latestDoors?.tls?.port ?? 0;
}

/** Sends the first words of TLS and resolves when the other side has answered them: it waits for the rest from then on. */
async function inTheMiddleOfItsHandshake(socket: net.Socket): Promise<void> {
  const hello = new Promise<Buffer>((resolve) => {
    const wire = new Duplex({ read: () => undefined, write: (chunk: Buffer) => resolve(chunk) });
    tls.connect({ socket: wire, ca: authority.certificate });
  });
  socket.write(await hello);
  await once(socket, 'data');
}

/** Resolves when the connection is over, by whichever end: the system resets one that nobody had accepted yet. */
function closed(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
    socket.resume();
  });
}

describe('the socket', () => {
  it('is open to its user alone and takes the place of what a crash left', async () => {
    const { mode } = await stat(socketPath);
    expect((mode & 0o777).toString(8)).toBe('600');
    expect((await stat(socketPath)).isSocket()).toBe(true);
    expect(await readdir(folder)).toEqual(['gateway.sock']);
  });

  it('serves an HTTP client that was given its path', async () => {
    const dispatcher = new Agent({ connect: { socketPath } });
    const answer = await request('http://localhost/openai/v1/models', {
      dispatcher,
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.statusCode).toBe(200);
    expect(await answer.body.text()).toContain('"object":"chat.completion"');
    await dispatcher.close();
  });

  it.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])('takes %s without a port', async (host) => {
    expect(await ask(net.connect(socketPath), models(host))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it.each(['evil.example', 'localhost:1', ''])('refuses Host %j', async (host) => {
    expect(await ask(net.connect(socketPath), models(host))).toMatch(/^HTTP\/1\.1 421 /);
  });

  it.each(['null', 'http://localhost', 'http://evil.example'])('refuses Origin %s', async (origin) => {
    expect(await ask(net.connect(socketPath), models('localhost', `Origin: ${origin}`))).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('asks for a token as the port does', async () => {
    const answer = await ask(net.connect(socketPath), ['GET /openai/v1/models HTTP/1.1', 'Host: localhost']);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe('TLS', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]'])('serves %s to a caller that trusts the authority', async (name) => {
    const servername = name === 'localhost' ? { servername: name } : {};
    const answer = await ask(overTls(tlsPort(), servername), models(`${name}:${tlsPort()}`));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('shows nothing to a caller that does not', async () => {
    await expect(ask(overTls(tlsPort(), { ca: [] }), models(`127.0.0.1:${tlsPort()}`))).rejects.toThrow(
      /unable to (?:verify|get)|self.signed/,
    );
  });

  it.each([
    ['the plain port', () => `127.0.0.1:${gateway.port}`],
    ['no port', () => 'localhost'],
    ['a foreign name', () => 'evil.example'],
  ])('refuses a Host with %s', async (_name, host) => {
    expect(await ask(overTls(tlsPort()), models(host()))).toMatch(/^HTTP\/1\.1 421 /);
  });

  it('lets its own origin in, and not the plain one', async () => {
    const host = `127.0.0.1:${tlsPort()}`;
    expect(await ask(overTls(tlsPort()), models(host, `Origin: https://${host}`))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask(overTls(tlsPort()), models(host, `Origin: http://${host}`))).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('does not take its port for the plain one’s', async () => {
    const answer = await ask(net.connect(gateway.port, '127.0.0.1'), models(`127.0.0.1:${tlsPort()}`));
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
  });

  it('says nothing to a caller that speaks in plain', async () => {
    const socket = net.connect(tlsPort(), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'close');
    expect(text).not.toContain('HTTP/1.1');
  });

  it('shows a new certificate to new callers while a connection with the old one goes on', async () => {
    const port = tlsPort();
    const before = overTls(port);
    await once(before, 'secureConnect');
    const first = before.getPeerCertificate().serialNumber;
    gateway.applyTls(lease(port));
    await gateway.doors((doors) => doors.tls?.port === port);
    const after = overTls(port);
    await once(after, 'secureConnect');
    expect(after.getPeerCertificate().serialNumber).not.toBe(first);
    expect(await ask(before, models(`127.0.0.1:${port}`))).toMatch(/^HTTP\/1\.1 200 /);
    after.destroy();
  });

  it('tells a port that is taken, and serves the plain one all the same', async () => {
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as net.AddressInfo;
    gateway.applyTls(lease(port));
    const doors = await gateway.doors(({ tls: state }) => state?.port === null);
    expect(doors.tls?.message).toContain(`Port ${port} is taken`);
    expect(await ask(net.connect(gateway.port, '127.0.0.1'), models(`127.0.0.1:${gateway.port}`))).toMatch(/ 200 /);
    other.close();
    gateway.applyTls(lease());
    await gateway.doors(({ tls: state }) => typeof state?.port === 'number');
  });

  it.each([
    ['has said nothing yet', async () => undefined],
    ['is in the middle of its handshake', inTheMiddleOfItsHandshake],
  ])('is closed when it is turned off, though a caller %s', async (_name, begin) => {
    const port = tlsPort();
    const half = net.connect(port, '127.0.0.1');
    await once(half, 'connect');
    await begin(half);
    const gone = closed(half);
    gateway.applyTls(null);
    await gateway.doors((doors) => doors.tls === null);
    await gone;
    await expect(ask(net.connect(port, '127.0.0.1'), [''])).rejects.toThrow('ECONNREFUSED');
    gateway.applyTls(lease());
    await gateway.doors(({ tls: state }) => typeof state?.port === 'number');
  });
});
