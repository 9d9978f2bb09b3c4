import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { Cache, keyOf } from '../../kube/cache.ts';
import { ListWatch } from '../../kube/list-watch.ts';
import { storesPath } from '../../kube/paths.ts';
import type { Access } from '../access.ts';
import type { SelectionOptions } from '../selection.ts';
import type { Terminal } from '../terminal.ts';

/** Ages move on without a change. */
const redrawMs = 5000;
/** Changes that come together are drawn together. */
const gatherMs = 200;

const topAndClear = '\u001B[H\u001B[J';

export interface WatchedStores extends SelectionOptions {
  readonly name?: string | undefined;
}

const selectorOf = ({ name, selector }: WatchedStores): Readonly<Record<string, string>> => ({
  ...(name !== undefined && { fieldSelector: `metadata.name=${name}` }),
  ...(selector !== undefined && { labelSelector: selector }),
});

/** Ends with the signal, or at the next change. */
const pause = async (changed: Promise<void>, signal: AbortSignal): Promise<void> => {
  const wait = new AbortController();
  const late = sleep(redrawMs, undefined, { signal: AbortSignal.any([signal, wait.signal]) });
  await Promise.race([changed, late]).catch(() => undefined);
  wait.abort();
  await late.catch(() => undefined);
  await sleep(gatherMs, undefined, { signal }).catch(() => undefined);
};

/** Draws the stores again at each change, until Ctrl+C. */
export async function watchStores(
  { server, namespace }: Access,
  watched: WatchedStores,
  terminal: Terminal,
  textOf: (stores: readonly SessionStoreResource[]) => string,
): Promise<void> {
  const end = new AbortController();
  const interrupt = () => end.abort();
  terminal.on?.('SIGINT', interrupt);
  let changed = Promise.withResolvers<void>();
  const tell = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const cache = new Cache<SessionStoreResource>(tell);
  const listener = {
    transform: (store: SessionStoreResource) => store,
    replace: (stores: readonly SessionStoreResource[], version: string) => {
      cache.replace(stores, version);
      // A list without a store changes no object.
      tell();
    },
    put: (store: SessionStoreResource) => cache.put(store),
    remove: (store: SessionStoreResource) => cache.remove(store),
    reset: () => cache.clear(),
  };
  const path = storesPath(watched.allNamespaces ? undefined : namespace);
  const options = { path, selector: selectorOf(watched) };
  const list = new ListWatch<SessionStoreResource>(server, options, listener, pino({ level: 'silent' }));
  const running = list.run(end.signal);
  while (!end.signal.aborted) {
    if (list.isSynced) terminal.stdout.write(`${topAndClear}${textOf(sorted([...cache.values()]))}`);
    await pause(changed.promise, end.signal);
  }
  terminal.off?.('SIGINT', interrupt);
  await running;
}

const sorted = (stores: readonly SessionStoreResource[]): readonly SessionStoreResource[] =>
  stores.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
