import { createServer, type RequestListener, type Server } from 'node:http';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

async function listen(port: number, listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  return server;
}

/** /healthz and /readyz: 200, or 503 with a message that gives the reason. */
export function serveHealth(port: number, health: Health): Promise<Server> {
  const checks: Readonly<Record<string, () => string | undefined>> = {
    '/healthz': () => health.liveness(),
    '/readyz': () => health.readiness(),
  };
  return listen(port, ({ url }, response) => {
    const check = checks[url ?? ''];
    const problem = check?.();
    response.writeHead(check ? (problem === undefined ? 200 : 503) : 404, {
      'content-type': 'text/plain; charset=utf-8',
    });
    response.end(`${problem ?? (check ? 'ok' : 'not found')}\n`);
  });
}

/** /metrics, in Prometheus' text format. */
export function serveMetrics(port: number, { registry }: Metrics): Promise<Server> {
  return listen(port, ({ url }, response) => {
    if (url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
}
