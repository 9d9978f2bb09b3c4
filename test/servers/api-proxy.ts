import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';

interface Target {
  readonly server: string;
  readonly token: string;
  readonly ca: string;
}

/** A request that passes through. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
  readonly isWrite: boolean;
}

/** The action of the proxy instead of passing a request on. */
export type Fault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: unknown;
    }
  /** Never responds. */
  | { readonly kind: 'hang' }
  /** Closes the connection. */
  | { readonly kind: 'drop' };

/**
 * Stands between the operator and a real API server and does what a healthy one does not: refuses, hangs, breaks watches
 * off, lets them fall silent. Counts writes that the server has answered, before the answer reaches the operator.
 */
export class ApiProxy implements AsyncDisposable {
  /** Called for each request; passes it on without a result. */
  fault: (passing: Passing) => Fault | undefined = () => undefined;
  /** Called with the n-th write once the server has done it; the response waits for the call. */
  onWritten: (count: number, passing: Passing) => void | Promise<void> = () => undefined;
  /** Lines that are sent into watches of a path before what the server sends. */
  readonly injected = new Map<string, string>();
  isSilent = false;
  readonly requests: Passing[] = [];

  readonly #target: Target;
  readonly #agent: Agent;
  readonly #server = createServer((incoming, outgoing) => void this.#handle(incoming, outgoing));
  readonly #watches = new Set<ServerResponse>();
  #folder = '';
  #writes = 0;

  private constructor(target: Target) {
    this.#target = target;
    this.#agent = new Agent({ connect: { ca: target.ca }, bodyTimeout: 0 });
  }

  static async start(target: Target): Promise<ApiProxy> {
    const proxy = new ApiProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.#folder = await mkdtemp(join(tmpdir(), 'api-proxy-'));
    await writeFile(proxy.kubeconfig, JSON.stringify(proxy.#config()));
    return proxy;
  }

  /** A kubeconfig that leads through the proxy. */
  get kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  get writes(): number {
    return this.#writes;
  }

  /** Forgets how many writes there were. */
  countAnew(): void {
    this.#writes = 0;
  }

  /** Breaks every watch off, in the middle of a line where `midLine`. */
  breakWatches(midLine = false): void {
    for (const watch of this.#watches) {
      if (midLine) watch.write('{"type":"MODIFIED","object":{"meta');
      watch.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#agent.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #config() {
    const { port } = this.#server.address() as AddressInfo;
    return {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'proxy', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
      ],
      users: [{ name: 'admin', user: { token: this.#target.token } }],
      contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'admin', namespace: 'default' } }],
      'current-context': 'proxy',
    };
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const passing = passingOf(incoming);
    this.requests.push(passing);
    const fault = this.fault(passing);
    if (fault) return answerWith(fault, outgoing);
    try {
      await this.#pass(passing, incoming, outgoing);
    } catch {
      // The server or the operator has ended, so no response is possible.
      outgoing.destroy();
    }
  }

  async #pass(passing: Passing, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const {
      host: _host,
      connection: _connection,
      'transfer-encoding': _encoding,
      ...headers
    } = incoming.headers;
    const stop = new AbortController();
    outgoing.on('close', () => stop.abort());
    const chunks = await incoming.toArray();
    const {
      statusCode,
      headers: answered,
      body,
    } = await request(this.#target.server + passing.path, {
      method: passing.method as 'GET',
      headers,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      dispatcher: this.#agent,
      signal: stop.signal,
    });
    if (passing.isWatch) {
      outgoing.writeHead(statusCode, { 'content-type': 'application/json' });
      // A quiet watch is open all the same.
      outgoing.flushHeaders();
      await this.#stream(passing, body, outgoing);
      return;
    }
    const text = await body.text();
    if (passing.isWrite && statusCode < 300) await this.onWritten(++this.#writes, passing);
    outgoing
      .writeHead(statusCode, { 'content-type': String(answered['content-type'] ?? 'text/plain') })
      .end(text);
  }

  async #stream({ path }: Passing, body: AsyncIterable<Buffer>, outgoing: ServerResponse): Promise<void> {
    this.#watches.add(outgoing);
    for (const [part, line] of this.injected) if (path.includes(part)) outgoing.write(`${line}\n`);
    try {
      for await (const chunk of body) if (!this.isSilent) outgoing.write(chunk);
    } finally {
      this.#watches.delete(outgoing);
      outgoing.end();
    }
  }
}

function passingOf({ method = 'GET', url = '/' }: IncomingMessage): Passing {
  const isWrite = method !== 'GET' && !url.includes('/events') && !url.includes('/leases');
  return { method, path: url, isWatch: url.includes('watch=true'), isWrite };
}

function answerWith(fault: Fault, outgoing: ServerResponse): void {
  if (fault.kind === 'drop') outgoing.destroy();
  if (fault.kind !== 'answer') return;
  outgoing.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
  outgoing.end(
    JSON.stringify(fault.body ?? { kind: 'Status', message: 'a fault of the test’s', code: fault.status }),
  );
}
