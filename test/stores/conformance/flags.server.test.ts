import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { BackendName } from '../../../src/api/backends/index.ts';
import type { SessionStore } from '../../../src/stores/session-store.ts';
import { answerOf } from './child.ts';
import { hour, onEveryStore, owner, reasonOf, type StoreFixture, sessionsOf } from './fixture.ts';
import { isWhole, wholePayload } from './payload.ts';
import type { Location } from './store-kind.ts';
import type { Order, WriterResult } from './writer.ts';

const program = fileURLToPath(new URL('./writer.ts', import.meta.url));
const processes = ['one', 'two', 'three', 'four'];
const count = 25;
const noBytes = new Uint8Array();

onEveryStore((fixture, kind) => {
  test('several processes share it and nothing is torn or lost, or the second is told that it cannot', async () => {
    const location = await fixture.readyLocation();
    await using store = fixture.store(location);
    expect(store.isMultiprocessSafe).toBe(location.isMultiprocessSafe);
    await store.saveSession('shared', wholePayload(20_000));
    if (location.isMultiprocessSafe) await shareIt(fixture, kind, location);
    else await showThatItIsNotShared(kind, location);
  });

  test('calls on one store overlap, whatever they are, and nothing is torn or lost', async () => {
    const location = await fixture.readyLocation();
    await using store = fixture.store(location);
    expect(store.isThreadSafe).toBe(true);
    for (const id of ['shared', 'gone']) await store.saveSession(id, wholePayload(20_000));
    await overlap(store);
  });

  test('calls from before the closing are completed', async () => {
    const location = await fixture.readyLocation();
    const store = fixture.store(location);
    const ids = Array.from({ length: 20 }, (_, number) => `id-${number}`);
    const saves = ids.map((id) => store.saveSession(id, Buffer.from(id)));
    await store[Symbol.asyncDispose]();
    await Promise.all(saves);
    await using again = fixture.store(location);
    expect(await sessionsOf(again)).toEqual(Object.fromEntries(ids.map((id) => [id, id])));
  });
});

const resultOf = (order: Order, enough?: Promise<void>): Promise<WriterResult> =>
  answerOf(program, order, { ...(enough && { enough }) });

async function shareIt(fixture: StoreFixture, kind: BackendName, location: Location): Promise<void> {
  await using store = fixture.store(location);
  let areAtIt = true;
  const enough = Promise.withResolvers<void>();
  const order = { kind, options: location.options, count, isEndless: true } as const;
  const writers = Promise.all(processes.map((name) => resultOf({ ...order, name }, enough.promise))).finally(
    () => {
      areAtIt = false;
    },
  );
  /** Whether each of them has saved. */
  const haveBegun = async () =>
    (await Promise.all(processes.map((name) => store.hasSession(`${name}-0`)))).every((has) => has);
  let cleanUps = 0;
  try {
    while (areAtIt) {
      const isBesideAll = await haveBegun();
      const { deleted } = await store.deleteOldSessions({ owner, ageSeconds: hour, pace: 'full' });
      expect(deleted).toBe(0);
      expect(isWhole((await store.loadSession('shared')) ?? noBytes)).toBe(true);
      if (isBesideAll && ++cleanUps > 1) enough.resolve();
    }
  } finally {
    enough.resolve();
  }
  expect(await writers).toEqual(processes.map(() => ({ failures: [], torn: 0 })));
  expect(cleanUps).toBeGreaterThan(1);
  const own = processes.flatMap((name) => Array.from({ length: count }, (_, number) => `${name}-${number}`));
  const { shared = '', ...rest } = await sessionsOf(store);
  expect(isWhole(Buffer.from(shared, 'latin1'))).toBe(true);
  expect(rest).toEqual(Object.fromEntries(own.map((id) => [id, `last of ${id}`])));
}

/** This process has it open. */
async function showThatItIsNotShared(kind: BackendName, location: Location): Promise<void> {
  const { failures } = await resultOf({ kind, options: location.options, name: 'second', count: 1 });
  expect(failures).toHaveLength(6);
  for (const failure of failures) expect(failure).toMatch(/^LockTimeout: .*another process/);
}

async function overlap(store: SessionStore): Promise<void> {
  const ids = Array.from({ length: 50 }, (_, number) => `id-${number}`);
  const foreign = { owner: { ...owner, name: 'other' }, ifExists: 'Adopt' } as const;
  /** Other operations, each at some of the saves. */
  const others: readonly (readonly [when: (number: number) => boolean, () => Promise<unknown>])[] = [
    [(number) => number === 10, () => store.deleteSession('gone')],
    [(number) => number === 20, () => sessionsOf(store)],
    [(number) => number % 10 === 5, () => store.deleteOldSessions({ owner, ageSeconds: hour, pace: 'full' })],
    [(number) => number % 10 === 7, () => store.setup({ owner, ifExists: 'Adopt' })],
    [
      (number) => number % 10 === 8,
      async () => expect(await reasonOf(store.setup(foreign))).toBe('Conflict'),
    ],
    [() => true, async () => expect(isWhole((await store.loadSession('shared')) ?? noBytes)).toBe(true)],
  ];
  await Promise.all(
    ids.flatMap((id, number) => [
      store.saveSession(id, Buffer.from(`of ${id}`)),
      ...others.filter(([when]) => when(number)).map(([, call]) => call()),
    ]),
  );
  const { shared = '', ...rest } = await sessionsOf(store);
  expect(isWhole(Buffer.from(shared, 'latin1'))).toBe(true);
  expect(rest).toEqual(Object.fromEntries(ids.map((id) => [id, `of ${id}`])));
}
