import type { RequestOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';
import { operatorName } from '../api/group.ts';
import { ApiError } from './api-error.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** How long a request may be worked on. */
export interface Patience {
  /** For each try; the server's default where it is not given. */
  readonly timeoutMs?: number;
  /** Ends it all, the waiting between two tries too. */
  readonly signal?: AbortSignal | undefined;
  /** An answer that is longer is not read to its end: AnswerTooLarge. */
  readonly maxBytes?: number | undefined;
}

/** An answer had more bytes than the caller takes. */
export class AnswerTooLarge extends Error {}

/** One request that was answered, for metrics. */
export interface Answered {
  readonly method: string;
  readonly code: number;
  readonly seconds: number;
}

export interface ApiServerOptions {
  /** Loads the configuration; again after a 401, as a token may have been rotated. */
  readonly loadConfig: () => KubeConfig;
  readonly requestTimeoutMs?: number;
  readonly onAnswer?: (answered: Answered) => void;
}

const maxTries = 4;

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

async function textOf(body: AsyncIterable<Buffer>, maxBytes = Number.POSITIVE_INFINITY): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new AnswerTooLarge(`Expected an answer of at most ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function errorOf(what: string, { statusCode, headers }: Dispatcher.ResponseData, body: string): ApiError {
  const retryAfter = headers['retry-after'];
  return ApiError.of(what, statusCode, body, Array.isArray(retryAfter) ? retryAfter[0] : retryAfter);
}

const pathOf = ({ path, query }: Request): string => (query ? `${path}?${new URLSearchParams(query)}` : path);

/**
 * The API server, spoken to in plain JSON over one pool of connections. client-node supplies address, certificates and
 * credentials; its own calls are not used, as each opens a connection of its own, has no time-out, and its models drop
 * fields that they do not know.
 */
export class ApiServer implements AsyncDisposable {
  readonly #options: ApiServerOptions;
  #config: KubeConfig;
  #agent: { readonly key: string; readonly agent: Agent } | undefined;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#config = options.loadConfig();
  }

  /**
   * The answer's body. Tries again where the server asks for patience (429, 503 with Retry-After) or does not know the
   * token any more; every other refusal is an ApiError.
   */
  async request<T>(request: Request, patience: Patience = {}): Promise<T> {
    const timeoutMs = patience.timeoutMs ?? this.#options.requestTimeoutMs ?? 20_000;
    const ends = patience.signal ? [patience.signal] : [];
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(request, AbortSignal.any([...ends, AbortSignal.timeout(timeoutMs)]));
      const text = await textOf(answer.body, patience.maxBytes);
      if (answer.statusCode < 300) return JSON.parse(text) as T;
      const error = errorOf(`${request.method} ${request.path}`, answer, text);
      if (attempt >= maxTries || !this.#mayRetry(error)) throw error;
      await sleep(
        Math.min(error.retryAfterMs ?? 0, 10_000),
        undefined,
        patience.signal && { signal: patience.signal },
      );
    }
  }

  #mayRetry({ code, retryAfterMs }: ApiError): boolean {
    if (code === 401) this.#config = this.#options.loadConfig();
    return code === 401 || ((code === 429 || code === 503) && retryAfterMs !== undefined);
  }

  /** Opens a watch: its lines as they come, each an object of JSON, until the server ends it or the signal fires. */
  async watch(request: Request, signal: AbortSignal): Promise<AsyncIterable<string>> {
    const answer = await this.#send(request, signal);
    const { statusCode, body } = answer;
    // An abort after the last line was read has no reader to be told to.
    body.on('error', () => undefined);
    if (statusCode < 300) return linesOf(body);
    const error = errorOf(`watch ${request.path}`, answer, await body.text());
    this.#mayRetry(error);
    throw error;
  }

  async #send(request: Request, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const server = this.#config.getCurrentCluster()?.server;
    if (!server) throw new Error('Expected a current cluster in the kubeconfig; it names none');
    const started = performance.now();
    const response = await this.#agentFor(options).request({
      origin: server,
      path: pathOf(request),
      method: request.method,
      headers: {
        accept: 'application/json',
        'user-agent': operatorName,
        ...(request.body !== undefined && { 'content-type': request.contentType ?? 'application/json' }),
        ...(options.headers as Record<string, string> | undefined),
      },
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      signal,
    });
    this.#options.onAnswer?.({
      method: request.method,
      code: response.statusCode,
      seconds: (performance.now() - started) / 1000,
    });
    return response;
  }

  /**
   * One agent as long as the certificates stay. It opens as many connections as are in use at once: over HTTP/1.1 each
   * watch keeps one, so that any limit would be the number of namespaces at which nothing else gets through.
   */
  #agentFor({ ca, cert, key, rejectUnauthorized, servername }: RequestOptions): Agent {
    const connect = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
      ...(servername !== undefined && { servername }),
    } as { ca?: string; cert?: string; key?: string };
    const name = JSON.stringify([String(ca), String(cert), String(key), rejectUnauthorized, servername]);
    if (this.#agent?.key !== name) {
      // The old one's requests end by themselves; closing it waits for them.
      void this.#agent?.agent.close();
      this.#agent = {
        key: name,
        agent: new Agent({ connect, bodyTimeout: 0, headersTimeout: 30_000 }),
      };
    }
    return this.#agent.agent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent?.agent.destroy();
  }
}
