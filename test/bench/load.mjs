import net from 'node:net';

// A closed-loop load generator on bare sockets, so that it costs far less than what it measures.
const headEnd = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

/** One kept connection that sends `request` again as soon as its answer is whole. */
function startConnection({ port, request, onAnswer, onError }) {
  const socket = net.connect(port, '127.0.0.1');
  let sentAt = 0;
  let firstMs = 0;
  let head = null;
  let received = 0;
  let tail = Buffer.alloc(0);
  let stopping = false;
  const send = () => {
    head = null;
    received = 0;
    tail = Buffer.alloc(0);
    sentAt = performance.now();
    socket.write(request);
  };
  const finish = () => {
    onAnswer({ ms: performance.now() - sentAt, firstMs, status: head.status });
    if (stopping) socket.destroy();
    else send();
  };
  socket.setNoDelay(true);
  socket.on('connect', send);
  socket.on('error', onError);
  socket.on('data', (data) => {
    let body = data;
    if (head === null) {
      const end = data.indexOf(headEnd);
      const text = data.latin1Slice(0, end).toLowerCase();
      const length = /content-length: (\d+)/.exec(text);
      head = { status: Number(text.slice(9, 12)), length: length === null ? null : Number(length[1]) };
      body = data.subarray(end + 4);
    }
    if (received === 0 && body.length > 0) firstMs = performance.now() - sentAt;
    received += body.length;
    if (head.length !== null) {
      if (received >= head.length) finish();
      return;
    }
    tail = Buffer.concat([tail, body]).subarray(-lastChunk.length);
    if (tail.equals(lastChunk)) finish();
  });
  return {
    stop() {
      stopping = true;
    },
  };
}

const median = (values) => values.sort((first, second) => first - second)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Keeps `connections` busy for `milliseconds`; answers how many were answered and the median times in milliseconds. */
export async function load({ port, request, connections, milliseconds }) {
  const times = [];
  const firsts = [];
  let failures = 0;
  const all = Array.from({ length: connections }, () =>
    startConnection({
      port,
      request,
      onAnswer({ ms, firstMs, status }) {
        times.push(ms);
        firsts.push(firstMs);
        if (status !== 200) failures += 1;
      },
      onError() {
        failures += 1;
      },
    }),
  );
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const seconds = (performance.now() - started) / 1_000;
  const answered = times.length;
  for (const connection of all) connection.stop();
  return { perSecond: answered / seconds, answered, failures, p50: median(times), firstP50: median(firsts) };
}

/** A request as bytes. */
export function requestBytes({ port, path, token, body, stream }) {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    'User-Agent: bench',
    'Accept: application/json',
    ...(stream === undefined ? [] : [`X-Bench: ${stream}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
