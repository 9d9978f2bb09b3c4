import type { CleanupReport } from '../../api/runner-result.ts';
import type { CleanupOptions } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { Batches } from './batches.ts';
import { fileSystemTime } from './clock.ts';
import { inParallel } from './concurrency.ts';
import type { StoreContext } from './context.ts';
import { done, unless } from './files.ts';
import { ensureAside } from './folders.ts';
import { graceOf } from './grace.ts';
import { ownMark } from './mark.ts';
import { entryPath, namesIn, sessionNames } from './names.ts';
import { checkFolder, checkPath } from './path-check.ts';
import { ensureReserve } from './reserve.ts';
import { requireRoundTrip } from './round-trip.ts';
import { holdFolder, identityOf } from './store-identity.ts';
import type { Counts } from './task.ts';
import { emptyTrash } from './trash.ts';
import { work } from './work.ts';

/** Files looked at together: bounds memory, how long a stop waits, and how long a polite run works between rests. */
const chunkSize = { polite: 128, full: 512 } as const;

/** What is being saved has long been renamed by then, or its writer is dead. */
const savingMs = 3_600_000;

/** Deletes what is older than `ageSeconds`, by the file system's clock and each file's mtime. */
export async function deleteOldSessions(
  context: StoreContext,
  options: CleanupOptions,
): Promise<CleanupReport> {
  const { files, places, layout } = context;
  await requireStore(context, options);
  const checked = await identityOf(files, places, options.owner !== undefined);
  // What is remembered is what is looked at now.
  await requireStore(context, options);
  const { handle, path: folder } = await holdFolder(files, places, checked);
  await using _ = handle;
  const now = await fileSystemTime(files, places);
  const batches = new Batches(await graceOf(files, places));
  const notes: string[] = [];
  if (!options.dryRun) {
    await requireRoundTrip(files, places);
    await batches.findEarlier(files, places, () => fileSystemTime(files, places));
    await sweepSaving(context, now);
    notes.push(...(await emptyTrash(files, places, options.signal)));
  }
  const cutoff = now - options.ageSeconds * 1000;
  const names = namesIn(files, folder, chunkSize[options.pace ?? 'polite'], sessionNames(layout));
  const { counts, complete } = await work(context, { options, checked, folder, cutoff, batches, names });
  if (!options.dryRun) await ensureReserve(files, places);
  if (counts.unsettled > 0) notes.push(unsettledNote(counts.unsettled, places.quarantine));
  return reportOf(counts, {
    notes,
    left: batches.left(),
    complete,
    dryRun: options.dryRun ?? false,
  });
}

/** The report of what was counted; `left` files wait in quarantine for the next run. */
export function reportOf(
  counts: Counts,
  run: {
    readonly left: number;
    readonly complete: boolean;
    readonly dryRun: boolean;
    readonly notes: string[];
  },
): CleanupReport {
  const overdue = counts.stale + run.left;
  return {
    deleted: counts.deleted,
    overdue,
    ...(run.complete ? { remaining: counts.live + overdue + counts.unreadable } : { overdueAtLeast: true }),
    ...(counts.unreadable > 0 && { unreadable: counts.unreadable }),
    ...undeletableIn(counts),
    ...(overdue > 0 && counts.oldestMs !== undefined && { oldestStale: instant(counts.oldestMs) }),
    complete: run.complete,
    dryRun: run.dryRun,
    notes: run.notes,
  };
}

function undeletableIn({ notPermitted, ioError }: Counts): Pick<CleanupReport, 'undeletable'> {
  const causes = [
    { cause: 'NotPermitted', count: notPermitted },
    { cause: 'IoError', count: ioError },
  ] as const;
  const undeletable = causes.filter(({ count }) => count > 0);
  return undeletable.length > 0 ? { undeletable } : {};
}

const unsettledNote = (count: number, quarantine: string): string =>
  `In ${quarantine}, where files wait to be deleted, ${count} entries of earlier runs cannot be read ` +
  `or moved by uid ${process.geteuid?.()}: live sessions among them were not put back. Run as their ` +
  'owner, or change it.';

/** ISO 8601; a time before the epoch or beyond what a Date can say is the nearest one that it can. */
const instant = (ms: number): string => new Date(Math.min(Math.max(ms, 0), 8.64e15)).toISOString();

/** The folder, and this owner's mark on it: whatever else is there is left alone. */
async function requireStore(context: StoreContext, options: CleanupOptions): Promise<void> {
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
  const mark = options.owner && (await ownMark(files, places, options.owner));
  if (options.owner && mark?.state !== 'Done') {
    throw new StoreError(
      'StoreMissing',
      `Expected ${places.folder} to carry this store's mark; found ` +
        `${mark ? 'a set-up that has not ended' : 'none'}. No session was deleted. ${setUpAgain}`,
    );
  }
  await ensureAside(files, places);
}

/** Removes what a killed program was about to save. */
async function sweepSaving({ files, places }: StoreContext, now: number): Promise<void> {
  for await (const names of namesIn(files, places.saving, chunkSize.full)) {
    await inParallel(names, async (name) => {
      const path = entryPath(places.saving, name);
      const stats = await unless(['ENOENT'], files.lstat(path));
      const isLeftover = stats && now - stats.mtimeMs > savingMs;
      if (isLeftover) await done(files.unlink(path), ['ENOENT', 'EISDIR', 'EACCES', 'EPERM', 'EIO']);
    });
  }
}
