import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import { finished, type Readable } from 'node:stream';
import tls from 'node:tls';

/** How long an unused connection stays; the API server closes it later. */
const idleMs = 30_000;
const headersMs = 30_000;

/** The settings of TLS. */
export type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;

export interface HttpRequest {
  readonly method: string;
  /** Begins with a slash, the query included. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | undefined;
}

/** Limits that end a request before its response is read. */
export interface Limits {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** True for the address of a proxy that Node can use. */
export const isHttpProxy = (address: string): boolean =>
  /^https?:\/\//.test(address) && URL.canParse(address);

/**
 * One server, by kept connections: as many as are in use at once. Over HTTP/1.1 each watch keeps one, so any limit
 * would be the number of namespaces at which no other request gets through.
 */
export class HttpClient {
  readonly #url: URL;
  readonly #agent: http.Agent;

  /** `proxy`: address of an HTTP proxy, by which every request goes. */
  constructor(server: string, options: TlsOptions, proxy?: string) {
    this.#url = new URL(server);
    // Node would pass by a proxy of another kind, such as SOCKS.
    if (proxy !== undefined && !isHttpProxy(proxy)) throw new Error('Expected an HTTP proxy');
    const proxyEnv = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
    const ofAgent = { keepAlive: true, timeout: idleMs, ...(proxy !== undefined && { proxyEnv }) };
    this.#agent = this.#isTls
      ? new https.Agent({ ...ofAgent, ...tlsOnce(options) })
      : new http.Agent(ofAgent);
    // An agent of one server: the default name contains the certificates, and is made three times for each request.
    this.#agent.getName = () => 'server';
  }

  get #isTls(): boolean {
    return this.#url.protocol === 'https:';
  }

  /** Sends a request: the head of the answer, with its body to be read. */
  async send(request: HttpRequest, limits: Limits): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(request, limits);
    } catch (error) {
      // The server closed an idle connection at the moment of use. Every request is safe to repeat.
      if (!(error instanceof ConnectionClosed)) throw error;
      return this.#sendOnce(request, limits);
    }
  }

  /** Closes what is not in use; what is in use, once its answer is read. */
  retire(): void {
    for (const sockets of Object.values(this.#agent.freeSockets))
      for (const socket of sockets ?? []) socket.destroy();
    this.#agent.maxFreeSockets = 0;
  }

  /** Closes every connection. */
  destroy(): void {
    this.#agent.destroy();
  }

  #sendOnce({ method, path, headers, body }: HttpRequest, limits: Limits): Promise<IncomingMessage> {
    const { hostname, port, pathname } = this.#url;
    const outgoing = (this.#isTls ? https : http).request({
      agent: this.#agent,
      // A URL has brackets around an IPv6 address.
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port,
      method,
      path: pathname.replace(/\/$/, '') + path,
      headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
    });
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', (incoming) => {
        // A body that ends early raises an error, which may have no reader any more.
        incoming.on('error', () => undefined);
        resolve(incoming);
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) =>
        reject(outgoing.reusedSocket && error.code === 'ECONNRESET' ? new ConnectionClosed() : error),
      );
    });
    abortOnLimits(outgoing, limits);
    outgoing.end(body);
    return response;
  }
}

/**
 * The settings with their certificates read once: Node would read them again for each connection, and keep them outside
 * of its heap until a collection that an API server that is away, with hundreds of connections a second, does not bring.
 */
function tlsOnce({ ca, cert, key, ...rest }: TlsOptions): https.AgentOptions {
  return { ...rest, secureContext: tls.createSecureContext({ ca, cert, key }) };
}

class ConnectionClosed extends Error {
  override readonly message = 'the server closed the connection';
}

/** No answer came in time; it has the code of a connection for which the same holds. */
class ResponseTimeout extends Error {
  readonly code = 'ETIMEDOUT';
}

/** Ends a request at its deadline, when the signal fires, or when no head of an answer comes. */
function abortOnLimits(outgoing: http.ClientRequest, { timeoutMs, signal }: Limits): void {
  let incoming: IncomingMessage | undefined;
  const end = (error: Error) => (incoming ?? outgoing).destroy(error);
  const late = (ms: number) => () =>
    end(new ResponseTimeout(`Expected an answer of the API server within ${ms / 1000} s; none came`));
  const ofHead = setTimeout(late(headersMs), headersMs);
  const ofAll = timeoutMs === undefined ? undefined : setTimeout(late(timeoutMs), timeoutMs);
  const abort = () => end(signal?.reason as Error);
  outgoing.once('response', (response) => {
    incoming = response;
    clearTimeout(ofHead);
  });
  outgoing.once('close', () => {
    clearTimeout(ofHead);
    clearTimeout(ofAll);
    signal?.removeEventListener('abort', abort);
  });
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
}

/** A response had more bytes than the caller accepts. */
export class ResponseTooLarge extends Error {}

/** The whole body, read by events, which cost less than an iterator; ResponseTooLarge where it has more bytes than that. */
export function textOf(body: Readable, maxBytes = Number.POSITIVE_INFINITY): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxBytes)
        body.destroy(new ResponseTooLarge(`Expected an answer of at most ${maxBytes} bytes`));
    });
    finished(body, (error) => (error ? reject(error) : resolve(Buffer.concat(chunks).toString())));
  });
}

/** The lines of a body, as they come. A last line without its end may be half of one: `lastLine` says whether it counts. */
export async function* linesOf(
  body: AsyncIterable<Buffer>,
  lastLine: 'dropped' | 'kept' = 'dropped',
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (lastLine === 'kept' && rest !== '') yield rest;
}
