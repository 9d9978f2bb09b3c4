import type { Logger } from 'pino';
import type { KubeObject } from '../api/kubernetes.ts';
import { ApiError, isApiError } from './api-error.ts';
import type { ApiServer } from './api-server.ts';
import { BackOff } from './back-off.ts';
import { pagesOf } from './list.ts';
import { isNewer } from './resource-version.ts';

/** Receiver of a list and watch. */
export interface Listener<T> {
  /** Reduces an object to the part that is stored. */
  transform(object: T): T;
  /** Called with all objects, as of a version; each is reduced to the part that is stored. */
  replace(objects: readonly T[], resourceVersion: string): void;
  put(object: T): void;
  /** True if an own write made this version, and the object is stored as it is there, or newer. */
  isEcho?(version: string): boolean;
  remove(object: T): void;
  /** Everything reported so far is invalid: versions start from a lower number, as after restoring a backup. */
  reset(): void;
}

export interface ListWatchOptions {
  readonly path: string;
  /** Label and field selectors. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Message for users if the API server does not know the kind. */
  readonly unknownKindHint?: string;
  /** Longest silence of a watch; bookmarks arrive about once a minute. */
  readonly silenceMs?: number;
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number; readonly message?: string; readonly reason?: string };
}

/** Most objects of a page. With 500, the lists of 1,500 stores at the start take 14 % more memory, and as much CPU. */
const maxPage = 100;
/** A watch that ends sooner without an event counts as failed, for example because a proxy in between closed it. */
const minWatchMs = 1000;

/**
 * Follows one kind of object until the signal fires: a paged list, then a watch from its version, which is resumed
 * where it ended. Lists again only if the server has forgotten the version (410), does not know it yet (504), or sends
 * no events for it. Retries after every error, without limit.
 */
export class ListWatch<T extends KubeObject> {
  /** Counts of opened watches and lists, and the time of the last event, for probes and metrics. */
  readonly counts = { watches: 0, lists: 0 };
  lastReceivedAt = 0;
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
        await this.#backOffAfter(error, backOff, signal);
      }
    }
  }

  async #backOffAfter(error: unknown, backOff: BackOff, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.isRefused = !this.isSynced && isApiError(error, 403);
    const hint = isApiError(error, 404) ? this.#options.unknownKindHint : undefined;
    if (hint) this.#log.error(hint);
    else this.#log.warn({ err: error }, 'the watch ended and is opened again');
    await backOff.wait(error instanceof ApiError ? error.retryAfterMs : undefined, signal);
  }

  /** Reads every page of one list; returns the version of all pages. */
  async #list(signal: AbortSignal): Promise<string> {
    const items: T[] = [];
    let version = '';
    const { path, selector } = this.#options;
    for await (const page of pagesOf<T>(this.#server, path, selector, signal, maxPage)) {
      this.#markReceived();
      // The items of a list do not contain their kind; those of a watch do.
      const type = { apiVersion: page.apiVersion, kind: page.kind.replace(/List$/, '') };
      for (const item of page.items)
        this.#guarded(() => items.push(this.#listener.transform({ ...type, ...item })));
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
   * Watches until the server ends the watch. Returns the version to continue from; undefined if a new list is needed. A
   * silent stream is treated as broken.
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
      this.#markReceived();
      for await (const line of lines) {
        timer.refresh();
        this.#markReceived();
        version = this.#handleLine(line);
        this.#known = version;
      }
      assertWasWatch(version !== from, started);
      return version;
    } catch (error) {
      const hasAdvanced = version !== from;
      // The stream was open before it fell silent, so the server is reachable: the watch is opened again at once.
      const wasSilent = silence.signal.aborted && this.lastReceivedAt > started;
      if (!(hasAdvanced || wasSilent) || signal.aborted) throw error;
      this.#log.debug({ err: error }, 'the watch broke off');
      // Without even a bookmark: a server sends no events for a version that it has not reached, and would send none
      // on the next try either.
      return hasAdvanced ? version : undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Takes in a line, and returns its version. A report of an own write is not parsed: its result is stored already. */
  #handleLine(line: string): string {
    const version = versionIn(line);
    const isEcho = version !== undefined && this.#listener.isEcho?.(version);
    return isEcho ? version : this.#dispatch(JSON.parse(line) as WatchEvent<T>);
  }

  #dispatch({ type, object }: WatchEvent<T>): string {
    if (type === 'ERROR') {
      throw new ApiError(
        object.code ?? 500,
        object.reason ?? 'Unknown',
        object.message ?? 'the watch failed',
      );
    }
    if (type === 'DELETED') this.#guarded(() => this.#listener.remove(object));
    else if (type !== 'BOOKMARK') this.#guarded(() => this.#listener.put(object));
    return object.metadata.resourceVersion;
  }

  /** Logs an error about one object, so that it does not affect the others. */
  #guarded(takeIn: () => unknown): void {
    try {
      takeIn();
    } catch (error) {
      this.#log.error({ err: error }, 'an object could not be read');
    }
  }

  #markReceived(): void {
    this.lastReceivedAt = performance.now();
  }
}

const versionKey = '"resourceVersion":"';

/**
 * The version of the changed object in a line of a watch, without parsing the line. Undefined if the object has a second
 * field of that name, an annotation for example; within a text, the quotes of the key would be escaped.
 */
function versionIn(line: string): string | undefined {
  // An object that lost its label is DELETED for the watch, in the version of a write.
  if (!/^\{"type":"(ADDED|MODIFIED)"/.test(line)) return undefined;
  const [, rest, second] = line.split(versionKey, 3);
  return second === undefined ? rest?.slice(0, rest.indexOf('"')) : undefined;
}

function assertWasWatch(hasAdvanced: boolean, started: number): void {
  if (!hasAdvanced && performance.now() - started < minWatchMs)
    throw new Error('the watch ended as soon as it was opened');
}
