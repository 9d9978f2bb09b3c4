import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { operatorName } from '../api/group.ts';
import { ApiError } from './api-error.ts';
import { HttpClient, type Limits, linesOf, type TlsOptions, textOf } from './http.ts';

/** Where the API server is, and what it takes for proof of who asks. */
export type ApiConfig = Pick<
  KubeConfig,
  'applyToHTTPSOptions' | 'getCurrentCluster' | 'getCurrentContext' | 'getContextObject'
>;

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** Limits of a request. */
export interface CallOptions {
  /** Time limit of each try; by default the API server client's own. */
  readonly timeoutMs?: number;
  /** Aborts the request, and also the wait between two tries. */
  readonly signal?: AbortSignal | undefined;
  /** A longer response is not read completely: ResponseTooLarge. */
  readonly maxBytes?: number | undefined;
}

/** A completed request, for metrics. */
export interface ResponseMetric {
  readonly method: string;
  /** `<error>`, as client-go has it: no response arrived. */
  readonly code: number | '<error>';
  readonly seconds: number;
}

export interface ApiServerOptions {
  /** Loads the configuration; called again after a 401, because a token may have been rotated. */
  readonly loadConfig: () => ApiConfig;
  readonly requestTimeoutMs?: number;
  /** The name in the API server's log; by default the operator's. */
  readonly userAgent?: string;
  readonly onResponse?: (metric: ResponseMetric) => void;
}

const maxTries = 4;

/** How long settings and credentials hold before the configuration is asked for them again. */
const settingsMs = 10_000;

function errorOf(what: string, { statusCode = 0, headers }: IncomingMessage, body: string): ApiError {
  return ApiError.of(what, statusCode, body, headers['retry-after']);
}

const isSuccess = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode < 300;

const pathOf = ({ path, query }: Request): string => (query ? `${path}?${new URLSearchParams(query)}` : path);

/** Settings of requests until the configuration is loaded again. */
interface Settings {
  readonly client: HttpClient;
  /** Of the server, its proxy and the certificates: another one needs another client. */
  readonly key: string;
  readonly headers: RequestOptions['headers'];
  readonly until: number;
}

/**
 * The API server, spoken to in plain JSON over kept connections. client-node's own calls are not used: each opens a connection
 * of its own and has no time-out, and its models drop fields that they do not know.
 */
export class ApiServer implements AsyncDisposable {
  readonly #options: ApiServerOptions;
  #config: ApiConfig;
  #settings: Settings | undefined;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#config = options.loadConfig();
  }

  /**
   * Returns the body of the response. Retries if the server asks for a delay (429, 503 with Retry-After) or no longer
   * accepts the token; every other error is an ApiError.
   */
  async request<T>(request: Request, callOptions: CallOptions = {}): Promise<T> {
    const { timeoutMs = this.#options.requestTimeoutMs ?? 20_000, signal } = callOptions;
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.#send(request, { timeoutMs, signal });
      const text = await textOf(response, callOptions.maxBytes);
      if (isSuccess(response)) return JSON.parse(text) as T;
      const error = errorOf(`${request.method} ${request.path}`, response, text);
      if (attempt >= maxTries || !this.#mayRetry(error)) throw error;
      await sleep(Math.min(error.retryAfterMs ?? 0, 10_000), undefined, signal && { signal });
    }
  }

  #mayRetry({ code, retryAfterMs }: ApiError): boolean {
    if (code === 401) {
      this.#config = this.#options.loadConfig();
      if (this.#settings) this.#settings = { ...this.#settings, until: 0 };
    }
    return code === 401 || ((code === 429 || code === 503) && retryAfterMs !== undefined);
  }

  /**
   * Opens a watch and yields its lines as they arrive, each a JSON object, until the server ends it or the signal
   * fires.
   */
  async watch(request: Request, signal: AbortSignal): Promise<AsyncIterable<string>> {
    return linesOf(await this.#open(request, signal));
  }

  /** The lines of a log, as they come; the last one may lack its end. */
  async log(request: Request, signal: AbortSignal): Promise<AsyncIterable<string>> {
    return linesOf(await this.#open(request, signal), 'kept');
  }

  async #open(request: Request, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await this.#send(request, { signal });
    if (isSuccess(response)) return response;
    const error = errorOf(`watch ${request.path}`, response, await textOf(response));
    this.#mayRetry(error);
    throw error;
  }

  async #send(request: Request, limits: Limits): Promise<IncomingMessage> {
    const { client, headers } = await this.#currentSettings();
    const started = performance.now();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const record = (code: ResponseMetric['code']) =>
      this.#options.onResponse?.({
        method: request.method,
        code,
        seconds: (performance.now() - started) / 1000,
      });
    const sending = client.send(
      {
        method: request.method,
        path: pathOf(request),
        headers: {
          accept: 'application/json',
          'user-agent': this.#options.userAgent ?? operatorName,
          ...(body !== undefined && { 'content-type': request.contentType ?? 'application/json' }),
          ...(headers as Record<string, string> | undefined),
        },
        body,
      },
      limits,
    );
    const response = await sending.catch((error: unknown) => {
      if (!limits.signal?.aborted) record('<error>');
      throw error;
    });
    record(response.statusCode ?? 0);
    return response;
  }

  async #currentSettings(): Promise<Settings> {
    if (this.#settings && performance.now() < this.#settings.until) return this.#settings;
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const { server, proxyUrl } = this.#config.getCurrentCluster() ?? {};
    if (!server) throw new Error('Expected a current cluster in the kubeconfig; it names none');
    const { ca, cert, key, rejectUnauthorized, servername, headers } = options;
    const tls = Object.fromEntries(
      Object.entries({ ca, cert, key, rejectUnauthorized, servername }).filter(
        ([, value]) => value !== undefined,
      ),
    ) as TlsOptions;
    const name = JSON.stringify([
      server,
      proxyUrl,
      ...Object.entries(tls).map(([field, value]) => [field, String(value)]),
    ]);
    const client =
      this.#settings?.key === name ? this.#settings.client : new HttpClient(server, tls, proxyUrl);
    // The old one's requests go on to their end.
    if (client !== this.#settings?.client) this.#settings?.client.retire();
    this.#settings = { client, key: name, headers, until: performance.now() + settingsMs };
    return this.#settings;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#settings?.client.destroy();
  }
}
