import type { Logger } from 'pino';
import type { KubeObject } from '../api/kubernetes.ts';
import { ApiError, isApiError } from './api-error.ts';
import type { ApiServer } from './api-server.ts';
import { BackOff } from './back-off.ts';
import { pagesOf } from './list.ts';
import { isNewer } from './resource-version.ts';

/** What a list and watch tell. */
export interface Listener<T> {
  /** What is kept of an object. */
  kept(object: T): T;
  /** Everything there is, as of a version; of each object what is kept of it. */
  replace(objects: readonly T[], resourceVersion: string): void;
  put(object: T): void;
  remove(object: T): void;
  /** Everything told so far is void: versions count from further back, as after a backup was restored. */
  reset(): void;
}

export interface ListWatchOptions {
  readonly path: string;
  /** Label and field selectors. */
  readonly selector?: Readonly<Record<string, string>>;
  /** What to tell people where the API server does not know the kind. */
  readonly whenUnknown?: string;
  /** How long a watch may be silent: bookmarks come about once a minute. */
  readonly silenceMs?: number;
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number; readonly message?: string; readonly reason?: string };
}

/** A watch that ends sooner and has told nothing was none: a proxy on the way closes it, say. */
const minWatchMs = 1000;

/**
 * Follows one kind of object for as long as the signal lasts: a paged list, then a watch from its version, resumed where it
 * ended, listed anew only where the server has forgotten the version (410), does not know it yet (504), or a watch from it tells
 * nothing at all. Never gives up: any error is waited out.
 */
export class ListWatch<T extends KubeObject> {
  /** How often a watch was opened, lists were made, and when something was last heard: for probes and metrics. */
  readonly counts = { watches: 0, lists: 0 };
  lastHeard = 0;
  isSynced = false;
  /** True if the first list is refused for a missing right. */
  isRefused = false;

  readonly #server: ApiServer;
  readonly #options: ListWatchOptions;
  readonly #listener: Listener<T>;
  readonly #log: Logger;
  #known = '';

  constructor(server: ApiServer, options: ListWatchOptions, listener: Listener<T>, log: Logger) {
    this.#server = server;
    this.#options = options;
    this.#listener = listener;
    this.#log = log.child({ watch: options.path });
  }

  get path(): string {
    return this.#options.path;
  }

  get #silenceMs(): number {
    return this.#options.silenceMs ?? 75_000;
  }

  async run(signal: AbortSignal): Promise<void> {
    const backOff = new BackOff();
    let version: string | undefined;
    while (!signal.aborted) {
      try {
        version ??= await this.#list(signal);
        version = await this.#watch(version, signal);
      } catch (error) {
        if (isApiError(error, 410) || isApiError(error, 504)) version = undefined;
        await this.#waitOut(error, backOff, signal);
      }
    }
  }

  async #waitOut(error: unknown, backOff: BackOff, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.isRefused = !this.isSynced && isApiError(error, 403);
    const hint = isApiError(error, 404) ? this.#options.whenUnknown : undefined;
    if (hint) this.#log.error(hint);
    else this.#log.warn({ err: error }, 'the watch ended and is opened again');
    await backOff.wait(error instanceof ApiError ? error.retryAfterMs : undefined, signal);
  }

  /** Every page of one list: the version they were all read at. */
  async #list(signal: AbortSignal): Promise<string> {
    const items: T[] = [];
    let version = '';
    const { path, selector } = this.#options;
    for await (const page of pagesOf<T>(this.#server, path, selector, signal)) {
      this.#heard();
      // The items of a list do not say what they are; those of a watch do.
      const type = { apiVersion: page.apiVersion, kind: page.kind.replace(/List$/, '') };
      for (const item of page.items) this.#each(() => items.push(this.#listener.kept({ ...type, ...item })));
      version = page.metadata.resourceVersion;
    }
    this.counts.lists += 1;
    if (isNewer(this.#known, version)) this.#listener.reset();
    this.#known = version;
    this.#listener.replace(items, version);
    this.isSynced = true;
    this.isRefused = false;
    return version;
  }

  /**
   * Watches until the server ends it: the version to go on from; undefined where a list is needed. A stream that falls
   * silent is taken for dead.
   */
  async #watch(from: string, signal: AbortSignal): Promise<string | undefined> {
    const silence = new AbortController();
    const silenceMs = this.#silenceMs;
    const timer = setTimeout(
      () => silence.abort(new Error(`no event or bookmark for ${silenceMs} ms`)),
      silenceMs,
    );
    const query = {
      ...this.#options.selector,
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: from,
      timeoutSeconds: String(300 + Math.floor(Math.random() * 300)),
    };
    const started = performance.now();
    let version = from;
    this.counts.watches += 1;
    try {
      const request = { method: 'GET', path: this.#options.path, query } as const;
      const lines = await this.#server.watch(request, AbortSignal.any([signal, silence.signal]));
      this.#heard();
      for await (const line of lines) {
        timer.refresh();
        this.#heard();
        version = this.#tell(JSON.parse(line) as WatchEvent<T>);
        this.#known = version;
      }
      assertWasWatch(version !== from, started);
      return version;
    } catch (error) {
      const hasTold = version !== from;
      // A stream that fell silent was open, so the server is there: it is asked anew at once.
      const wasSilent = silence.signal.aborted && this.lastHeard > started;
      if (!(hasTold || wasSilent) || signal.aborted) throw error;
      this.#log.debug({ err: error }, 'the watch broke off');
      // Not even a bookmark: of a version that it has not reached, a server says nothing, and would not the next time.
      return hasTold ? version : undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #tell({ type, object }: WatchEvent<T>): string {
    if (type === 'ERROR') {
      throw new ApiError(
        object.code ?? 500,
        object.reason ?? 'Unknown',
        object.message ?? 'the watch failed',
      );
    }
    if (type === 'DELETED') this.#each(() => this.#listener.remove(object));
    else if (type !== 'BOOKMARK') this.#each(() => this.#listener.put(object));
    return object.metadata.resourceVersion;
  }

  /** Logs an error about one object, so that it does not stop the others. */
  #each(takeIn: () => unknown): void {
    try {
      takeIn();
    } catch (error) {
      this.#log.error({ err: error }, 'an object could not be read');
    }
  }

  #heard(): void {
    this.lastHeard = performance.now();
  }
}

function assertWasWatch(hasTold: boolean, started: number): void {
  if (!hasTold && performance.now() - started < minWatchMs)
    throw new Error('the watch ended as soon as it was opened');
}
