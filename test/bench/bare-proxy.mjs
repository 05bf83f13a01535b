import http from 'node:http';

// The plainest proxy that Node's own http module makes: pipe both ways, keep connections, look at nothing.
const upstream = { host: '127.0.0.1', port: Number(process.argv[2]) };
const agent = new http.Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 512 });
const server = http.createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  const headers = { ...request.headers, host: `${upstream.host}:${upstream.port}`, authorization: 'Bearer key' };
  delete headers.connection;
  const call = http.request({ ...upstream, agent, headers, method: request.method, path: request.url }, (answer) => {
    const answerHeaders = { ...answer.headers };
    delete answerHeaders.connection;
    delete answerHeaders['keep-alive'];
    delete answerHeaders['transfer-encoding'];
    response.writeHead(answer.statusCode, answerHeaders);
    answer.pipe(response);
  });
  call.on('error', () => response.destroy());
  response.on('close', () => response.writableEnded || call.destroy());
  request.pipe(call);
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.once('disconnect', () => process.exit(0));
