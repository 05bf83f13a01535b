import { type Attack, type AttackTarget, skipped, type Verdict, verdictOf } from './attack.ts';
import { requestText, send, sendRaw, statusText, type Way, type WireRequest } from './wire.ts';

/** Sends each, and expects each to be refused with this status and none to reach the stand-in. */
async function allRefused(
  target: AttackTarget,
  status: number,
  requests: Readonly<Record<string, WireRequest>>,
  way: Way = { port: target.port },
): Promise<Verdict> {
  const before = target.standIn.seen.length;
  const faults: string[] = [];
  for (const [name, request] of Object.entries(requests)) {
    const answer = await sendRaw(way, requestText(target, request));
    if (answer.statuses[0] !== status) faults.push(`${name} got ${statusText(answer)}`);
    if (/^access-control-/im.test(answer.text)) faults.push(`${name} was told by CORS that it may read the answer`);
  }
  if (target.standIn.seen.length > before) faults.push('a call went through to the provider');
  return verdictOf(faults, `${Object.keys(requests).length} of ${Object.keys(requests).length} refused with ${status}`);
}

const foreignHosts = [
  'evil.example',
  'evil.example:PORT',
  'localhost.evil.example:PORT',
  '0.0.0.0:PORT',
  '169.254.169.254',
];
const foreignOrigin = 'Origin: https://evil.example';

/** What a web page in the user's browser can try. */
export const browserAttacks: readonly Attack[] = [
  {
    id: 'dns-rebinding',
    title: 'A web page whose name was made to point at this machine',
    reference: 'CVE-2024-28224 (Ollama), CVE-2025-66414 (MCP SDK)',
    expectation: 'Every Host but the loopback names with the port is refused (421).',
    run: (target) =>
      allRefused(target, 421, {
        ...Object.fromEntries(
          foreignHosts.map((host) => [`Host ${host}`, { host: host.replace('PORT', String(target.port)) }]),
        ),
        'no Host': { host: null },
      }),
  },
  {
    id: 'dns-rebinding-tls',
    title: 'The same through the TLS port',
    reference: 'CVE-2024-28224',
    expectation: 'The same, and the plain port\u2019s name is refused there as well.',
    run: async (target) => {
      if (target.tlsPort === null) return skipped('TLS is off.');
      const hosts = ['evil.example', `evil.example:${target.tlsPort}`, `127.0.0.1:${target.port}`];
      const requests = Object.fromEntries(hosts.map((host) => [`Host ${host}`, { host }]));
      return allRefused(target, 421, requests, { port: target.tlsPort, tls: true });
    },
  },
  {
    id: 'socket-foreign-host',
    title: 'The same through the unix socket, by a proxy in front of it',
    reference: 'RFC 9110 section 7.2',
    expectation: 'Foreign Hosts are refused (421) there too.',
    run: async (target) => {
      if (target.socketPath === null) return skipped('There is no socket.');
      const requests = { 'Host evil.example': { host: 'evil.example' }, 'no Host': { host: null } };
      return allRefused(target, 421, requests, { path: target.socketPath });
    },
  },
  {
    id: 'cross-site-post',
    title: 'A form or script of a web page posts to the gateway',
    reference: 'RFC 6454, Fetch Metadata',
    expectation: 'A foreign Origin or a cross-site Sec-Fetch-Site is refused (403), and no CORS header invites it.',
    run: (target) =>
      allRefused(target, 403, {
        'a foreign Origin': { headers: [foreignOrigin, 'Connection: close'] },
        'another port\u2019s Origin': { headers: ['Origin: http://127.0.0.1:1', 'Connection: close'] },
        'cross-site': { headers: ['Sec-Fetch-Site: cross-site', 'Connection: close'] },
        'same-site': { headers: ['Sec-Fetch-Site: same-site', 'Connection: close'] },
        'two Origins': { headers: [`Origin: http://127.0.0.1:${target.port}`, foreignOrigin, 'Connection: close'] },
        'a preflight': { method: 'OPTIONS', body: '', headers: [foreignOrigin, 'Connection: close'] },
      }),
  },
  {
    id: 'null-origin',
    title: 'A sandboxed frame or a local file posts to the gateway',
    reference: 'CVE-2025-49596 (MCP Inspector)',
    expectation: 'The Origin null is refused (403).',
    run: (target) => allRefused(target, 403, { 'Origin null': { headers: ['Origin: null', 'Connection: close'] } }),
  },
  {
    id: 'cross-site-websocket',
    title: 'A web page opens a WebSocket, which no CORS rule stops',
    reference: 'RFC 6455 section 10.2',
    expectation: 'The handshake is refused (403) for its Origin.',
    run: (target) =>
      allRefused(target, 403, {
        'a handshake': {
          method: 'GET',
          path: `/${target.provider}/v1/realtime`,
          body: '',
          headers: [
            ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
            ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', foreignOrigin],
          ],
        },
      }),
  },
  {
    id: 'management-from-gateway',
    title: 'Grants, keys and settings asked for on the gateway\u2019s port',
    reference: 'CWE-749',
    expectation: 'Nothing is there: 404 or 401, with a token and without.',
    run: async (target) => {
      const call = '{"jsonrpc":"2.0","id":1,"method":"credential.list","params":{}}';
      const paths = [
        '/',
        '/rpc',
        '/admin',
        '/api/grants',
        '/settings',
        '/control',
        '/metrics',
        '/debug',
        '/oauth/grants',
      ];
      const faults: string[] = [];
      for (const path of paths) {
        for (const token of [target.tokens.plain, null]) {
          const answer = await send(target, { path, token, body: call });
          const [status = 0] = answer.statuses;
          if (status < 400 || answer.text.includes('"jsonrpc"')) faults.push(`${path} got ${statusText(answer)}`);
        }
      }
      return verdictOf(faults, `${paths.length} paths, nothing there`);
    },
  },
];
