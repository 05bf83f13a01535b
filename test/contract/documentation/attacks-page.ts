import { attacks } from '#main/cli/doctor/attack/attacks.ts';
import { code, origin, page, table } from './markdown.ts';

/** What was changed in a copy of the program so that an attack got through, and what the run then said. */
interface TakenOut {
  readonly defence: string;
  readonly said: string;
}

/** One for every attack: it was tried, and the run failed. */
const takenOut: Readonly<Record<string, TakenOut>> = {
  'dns-rebinding': { defence: 'the Host rule (`pipeline/guard.ts`)', said: 'Host evil.example got 200' },
  'dns-rebinding-tls': { defence: 'the Host rule', said: 'Host evil.example got 200' },
  'socket-foreign-host': { defence: 'the Host rule', said: 'Host evil.example got 200' },
  'cross-site-post': {
    defence: 'the Origin and Sec-Fetch-Site rule (`pipeline/guard.ts`)',
    said: 'a foreign Origin got 200',
  },
  'null-origin': { defence: 'the Origin rule', said: 'Origin null got 200' },
  'cross-site-websocket': { defence: 'the Origin rule', said: 'a handshake got 404' },
  'management-from-gateway': {
    defence: 'the liveness path took every path (`pipeline/serve-own-paths.ts`)',
    said: '/ got 200',
  },
  'forged-token': { defence: 'the signature was not checked (`state/token-verifier.ts`)', said: 'alg none got 200' },
  'two-tokens': { defence: 'the rule of one token (`pipeline/authenticate.ts`)', said: 'two tokens got 200' },
  'token-in-query': {
    defence: 'the rule against `?key=` (`pipeline/authenticate.ts`)',
    said: 'a token in the query got 200',
  },
  'replay-one-use': {
    defence: 'the count of uses (`state/grant-state.ts`, `pipeline/reserve.ts`)',
    said: '21 of 21 served, 21 reached the provider',
  },
  'replay-proof': { defence: 'the memory of proofs (`policy/replay-guard.ts`)', said: 'the same proof got 200' },
  'ended-grant': {
    defence: 'grants that a snapshot no longer has were kept (`state/gateway-state.ts`)',
    said: 'its token got 200',
  },
  'beyond-scope': { defence: 'the check of scopes (`pipeline/require-scope.ts`)', said: 'another capability got 200' },
  'stolen-token': {
    defence: 'every caller was allowed (`binding/caller-inspector.ts`)',
    said: 'a stolen token got 200',
  },
  'smuggling-length-and-chunks': {
    defence: 'a length beside chunks was let pass (`server/request-head.ts`)',
    said: 'length, then chunks got nothing',
  },
  'smuggling-two-lengths': {
    defence: 'a second length took the first one’s place (`server/request-head.ts`)',
    said: 'two lengths got 200, 400',
  },
  'smuggling-coding': {
    defence: 'any coding counted as chunks (`server/request-head.ts`)',
    said: '1 hidden requests reached the provider',
  },
  'smuggling-lines': {
    defence: 'names and values were not looked at (`wire/field-lines.ts`)',
    said: '3 hidden requests reached the provider',
  },
  'smuggling-chunks': {
    defence: 'extensions had no limit (`wire/chunked-decoder.ts`)',
    said: 'a huge extension got 200, 200',
  },
  'pipelined-request': {
    defence: 'a connection’s earlier token counted for later requests (`pipeline/authenticate.ts`)',
    said: 'they got 200, 200',
  },
  'oversized-head': { defence: 'the limit of a head (`server/connection.ts`)', said: 'a huge header got 200' },
  'path-traversal': {
    defence: 'paths were brought into shape by `URL` instead of refused (`http/request-target.ts`)',
    said: '/openai/../stand-in/v1/chat/completions reached the provider as /v1/chat/completions',
  },
  'path-encoding': {
    defence: 'the same, after decoding',
    said: '/openai/%2e%2e/stand-in/v1/chat/completions reached the provider as /v1/chat/completions',
  },
  'path-slashes': {
    defence: 'the same, without decoding',
    said: '/stand-in//v1/chat/completions reached the provider as /v1/chat/completions',
  },
  'path-override': {
    defence: '`X-Forwarded-*` was passed on (`http/request-headers.ts`)',
    said: 'one of them reached the provider',
  },
  'redirect-with-key': { defence: 'redirects were followed (`pipeline/relay.ts`)', said: 'the call was sent there' },
  'echoed-key': { defence: 'the key’s shield (`http/key-shield.ts`)', said: 'the key came back' },
  'token-upstream': {
    defence:
      'cookies, and headers that hold the token, were passed on (`http/request-headers.ts`, `pipeline/inject.ts`)',
    said: 'the token reached the provider',
  },
  'key-in-errors': {
    defence: 'errors told their stack (`pipeline/refuse.ts`)',
    said: 'two errors named files of ours',
  },
  'other-interfaces': {
    defence: 'the gateway listened on 0.0.0.0 (`contract/http.ts`)',
    said: 'another address answered',
  },
  'file-modes': { defence: 'the socket was made with 0666 (`gateway/listen.ts`)', said: 'the socket was 666' },
  'secrets-on-disk': {
    defence: 'the private key was written beside the certificate (`control/tls`)',
    said: 'the vault item was found in both files',
  },
};

/** docs/attacks.md. */
export function attacksPage(): string {
  return page(
    '# Attacks',
    origin('main/cli/doctor/attack'),
    'We attack our own installation. `toll doctor --attack` tries all of these on the running one, prints a table (`--json`: `[{id, title, reference, expectation, outcome, seen}]`) and exits 1 when one gets through; `test/gateway/attacks.test.ts` tries them on a gateway of the suite. It is safe on an installation in use: the calls go to a stand-in on this machine with a key that is good nowhere, by grants that end with the doctor. They stand in the activity list and in the audit log as `toll-doctor`, and may raise the alerts that an attacker would raise.',
    table(
      ['attack', 'what is tried', 'known from', 'what must happen'],
      attacks.map(({ id, title, reference, expectation }) => [code(id), title, reference, expectation]),
    ),
    '## Without the defence',
    'An attack that can\u2019t succeed proves nothing. So for each one its defence was taken out of a copy of the program, and the run failed:',
    table(
      ['attack', 'taken out', 'the run said'],
      attacks.map(({ id }) => [code(id), takenOut[id]?.defence ?? 'never', takenOut[id]?.said ?? '']),
    ),
  );
}
