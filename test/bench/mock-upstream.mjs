import http from 'node:http';

// A provider that costs as little as one in Node can: a 1 KB completion, or 20 or 200 events with usage at the end, at once or
// one every 5 milliseconds.
const completion = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    model: 'gpt-4o-mini',
    choices: [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(760) }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 100, completion_tokens: 200, total_tokens: 300 },
  }),
);
const event = Buffer.from(
  `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"word "}}]}\n\n`,
);
const last = Buffer.from(
  'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":200,"total_tokens":300}}\n\ndata: [DONE]\n\n',
);
const eventsPerStream = 200;
const eventsPerShortStream = 20;
const pacedEveryMs = 5;

function stream(response, events) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let sent = 0;
  const next = () => {
    if (response.destroyed) return;
    if (sent === events) {
      response.end(last);
      return;
    }
    sent += 1;
    response.write(event);
    setImmediate(next);
  };
  next();
}

function paced(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    if (sent < eventsPerStream && !response.destroyed) {
      response.write(event);
      return;
    }
    clearInterval(timer);
    response.end(last);
  }, pacedEveryMs);
  response.write(event);
}

const server = http.createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  request.resume();
  request.on('end', () => {
    const kind = request.headers['x-bench'];
    if (kind !== undefined) {
      if (kind === 'paced') paced(response);
      else stream(response, kind === 'short' ? eventsPerShortStream : eventsPerStream);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': completion.length });
    response.end(completion);
  });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.once('disconnect', () => process.exit(0));
