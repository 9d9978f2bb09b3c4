import { expect, test } from 'vitest';
import type { CleanupOptions, CleanupProgress } from '../../../src/stores/session-store.ts';
import { hour, onEveryStore, owner, type StoreFixture, sessionsOf } from './fixture.ts';
import type { Location } from './store-kind.ts';

/** Each with its age in seconds. */
const sessions = { new: 0, younger: hour - 120, older: hour + 120, old: 30 * 24 * hour };
const all = Object.fromEntries(Object.keys(sessions).map((id) => [id, `of ${id}`]));
const live = { new: 'of new', younger: 'of younger' };

onEveryStore((fixture) => {
  let made: Promise<Location> | undefined;
  /** Tests that delete nothing share a location. */
  const untouched = () => {
    made ??= withSessions(fixture);
    return made;
  };

  test.each([{ owner }, {}])('exactly the old ones are deleted, and counted (%j)', async (who) => {
    const location = await withSessions(fixture);
    await using store = fixture.store(location);
    const report = await store.deleteOldSessions({ ...who, ageSeconds: hour, pace: 'full' });
    expect(report).toMatchObject({ deleted: 2, remaining: 2, overdue: 0, complete: true, dryRun: false });
    expect(await sessionsOf(store)).toEqual(live);
    expect(await store.hasSession('old')).toBe(false);
    const again = await store.deleteOldSessions({ ...who, ageSeconds: hour, pace: 'full' });
    expect(again).toMatchObject({ deleted: 0, remaining: 2 });
  });

  test('a dry run counts, names the oldest’s time, and deletes nothing', async () => {
    const location = await untouched();
    await using store = fixture.store(location);
    const report = await store.deleteOldSessions({ ageSeconds: hour, dryRun: true });
    expect(report).toMatchObject({ deleted: 0, overdue: 2, remaining: 4, complete: true, dryRun: true });
    const ageOfOldest = (Date.now() - Date.parse(report.oldestStale ?? '')) / 1000;
    expect(Math.abs(ageOfOldest - sessions.old)).toBeLessThan(120);
    expect(await sessionsOf(store)).toEqual(all);
  });

  test.each([false, true])('progress is reported from the start to the end (dry run: %s)', async (dryRun) => {
    const location = await withSessions(fixture);
    await using store = fixture.store(location);
    const reports: CleanupProgress[] = [];
    const onProgress = (progress: CleanupProgress) => reports.push(progress);
    const report = await cleanUp(store, { dryRun, onProgress });
    expect(reports[0]).toMatchObject({ deleted: 0, seen: 0 });
    expect(reports.length).toBeGreaterThan(1);
    for (const figure of ['deleted', 'seen'] as const) {
      const series = reports.map((progress) => progress[figure]);
      expect(series).toEqual(series.toSorted((a, b) => a - b));
    }
    const last = reports.at(-1);
    expect(last?.deleted).toBe(report.deleted);
    // Clean-up by an index looks at old sessions only.
    expect(last?.seen).toBeGreaterThanOrEqual(2);
    for (const { seen, of } of reports) expect(of ?? seen).toBeGreaterThanOrEqual(seen);
  });

  test('an old session that is saved again survives, even where it is saved as it was', async () => {
    const location = await withSessions(fixture);
    await using store = fixture.store(location);
    await store.saveSession('old', Buffer.from('of old'));
    expect(await cleanUp(store)).toMatchObject({ deleted: 1, remaining: 3 });
    expect(await sessionsOf(store)).toEqual({ ...live, old: 'of old' });
  });

  test('an old session that is loaded and looked for stays old', async () => {
    const location = await withSessions(fixture);
    await using store = fixture.store(location);
    await store.loadSession('old');
    await store.hasSession('old');
    await sessionsOf(store);
    expect(await cleanUp(store)).toMatchObject({ deleted: 2 });
  });

  test('a run that is stopped before it begins deletes nothing, and says that it saw not all', async () => {
    const location = await untouched();
    await using store = fixture.store(location);
    const report = await cleanUp(store, { signal: AbortSignal.abort() });
    expect(report).toMatchObject({ deleted: 0, complete: false });
    expect(await sessionsOf(store)).toEqual(all);
  });

  test('an age that no session has is refused, and nothing is deleted', async () => {
    const location = await untouched();
    await using store = fixture.store(location);
    for (const age of [Number.NaN, Infinity, -hour, 1e11, undefined, '2 days']) {
      const error = await cleanUp(store, { ageSeconds: age as number }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ reason: 'InvalidInput', message: expect.stringMatching(/ageSeconds/) });
    }
    expect(await sessionsOf(store)).toEqual(all);
  });

  test('an empty store: no session is deleted', async () => {
    await using store = fixture.store(await fixture.readyLocation());
    expect(await cleanUp(store)).toMatchObject({ deleted: 0, remaining: 0, overdue: 0, complete: true });
  });
});

const cleanUp = (store: ReturnType<StoreFixture['store']>, options: Partial<CleanupOptions> = {}) =>
  store.deleteOldSessions({ ageSeconds: hour, pace: 'full', ...options });

async function withSessions(fixture: StoreFixture): Promise<Location> {
  const location = await fixture.readyLocation();
  const old = Object.entries(sessions);
  await location.saveOld(
    old.map(([id, ageSeconds]) => ({ id, payload: Buffer.from(`of ${id}`), ageSeconds })),
  );
  return location;
}
