import type { Stats } from 'node:fs';
import type { CleanupReport } from '../../runner/result.ts';
import { StoreError } from '../../runner/store-error.ts';
import type { CleanupOptions } from '../session-store.ts';
import { fileSystemTime } from './clock.ts';
import { inParallel } from './concurrency.ts';
import { done, unless } from './files.ts';
import { ensureAside } from './folders.ts';
import { graceOf } from './grace.ts';
import { HardLinks } from './hard-links.ts';
import { ownMark } from './mark.ts';
import { entryPath, namesIn } from './names.ts';
import { checkFolder, checkPath } from './path-check.ts';
import { Quarantine } from './quarantine.ts';
import type { SetupContext } from './setup.ts';
import { Tally } from './tally.ts';
import { emptyTrash } from './trash.ts';

/** Entries looked at together: bounds memory, and how long a stop waits. */
const chunkSize = 4096;
/** What is being saved has long been renamed by then, or its writer is dead. */
const savingMs = 3_600_000;

interface Run extends SetupContext {
  readonly options: CleanupOptions;
  /** Milliseconds since the epoch, by the file system's clock. */
  readonly cutoff: number;
  readonly quarantine: Quarantine;
  readonly tally: Tally;
}

/** Deletes what is older than `ageSeconds`, by the file system's clock and each file's mtime. */
export async function deleteOldSessions(
  context: SetupContext,
  options: CleanupOptions,
): Promise<CleanupReport> {
  const { files, places } = context;
  await requireStore(context, options);
  const now = await fileSystemTime(files, places);
  const cutoff = now - options.ageSeconds * 1000;
  const graceMs = await graceOf(files, places);
  const quarantine = new Quarantine({ files, places, cutoff, graceMs });
  const run: Run = { ...context, options, cutoff, quarantine, tally: new Tally(options.dryRun ?? false) };
  if (!options.dryRun) await finishEarlierRuns(run, now);
  try {
    await pass(run);
  } finally {
    run.tally.settled(await quarantine.settleAll());
  }
  return run.tally.report();
}

/** The folder, and this owner's mark on it: whatever else is there is left alone. */
async function requireStore(context: SetupContext, options: CleanupOptions): Promise<void> {
  const { files, places } = context;
  const setUpAgain =
    'Let set-up run again: annotate the SessionStore with sessionstore.dev/reconcile-requested-at.';
  if (!(await checkPath(files, places))) {
    throw new StoreError(
      'StoreMissing',
      `Expected a folder at ${places.folder}; found nothing. ${setUpAgain}`,
    );
  }
  await checkFolder(files, places.aside);
  if (!options.owner) return ensureAside(files, places);
  const mark = await ownMark(files, places, options.owner);
  if (mark?.state !== 'Done') {
    throw new StoreError(
      'StoreMissing',
      `Expected ${places.folder} to carry this store's mark; found ` +
        `${mark ? 'a set-up that has not ended' : 'none'}. Nothing was deleted. ${setUpAgain}`,
    );
  }
  await ensureAside(files, places);
}

/** What was taken aside by a run that was killed, saved by a program that was, or overwritten by a set-up. */
async function finishEarlierRuns(run: Run, now: number): Promise<void> {
  const { files, places, quarantine } = run;
  run.tally.settled(await quarantine.settleEarlier(() => fileSystemTime(files, places)));
  for await (const names of namesIn(files, places.saving, chunkSize)) {
    await inParallel(names, async (name) => {
      const path = entryPath(places.saving, name);
      const stats = await unless(['ENOENT'], files.lstat(path));
      if (stats && now - stats.mtimeMs > savingMs) await done(files.unlink(path), ['ENOENT']);
    });
  }
  await emptyTrash(files, places, run.options.signal);
}

async function pass(run: Run): Promise<void> {
  const { files, places, layout, options, quarantine, tally } = run;
  const hardLinks = new HardLinks(files, places);
  if (!options.dryRun) await hardLinks.requireBothWays();
  const candidates = namesIn(
    files,
    places.folder,
    chunkSize,
    (entry) => !entry.name.startsWith('.') && !entry.isDirectory() && layout.isSessionName(entry.name),
  );
  for await (const names of candidates) {
    if (options.signal?.aborted) return tally.stopped();
    const stale = await staleAmong(run, names);
    if (options.dryRun) continue;
    for (const file of stale) await hardLinks.require(file.name, file.stats);
    tally.settled({ deleted: 0, putBack: await quarantine.take(stale.map((file) => file.name)) });
    tally.settled(await quarantine.settleDue());
  }
}

interface File {
  readonly name: string;
  readonly stats: Stats;
}

/** The regular files that are too old, in the order in which their inodes lie on the disk. */
async function staleAmong(run: Run, names: readonly string[]): Promise<readonly File[]> {
  const { files, places, cutoff, tally } = run;
  const stale: File[] = [];
  await inParallel(names, async (name) => {
    const stats = await unless(['ENOENT'], files.lstat(entryPath(places.folder, name)));
    if (!stats?.isFile()) return;
    if (stats.mtimeMs > cutoff) return tally.sawLive();
    tally.sawStale(stats.mtimeMs);
    stale.push({ name, stats });
  });
  return stale.sort((a, b) => a.stats.ino - b.stats.ino);
}
