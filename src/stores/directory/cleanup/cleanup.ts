import { requestAnnotation } from '../../../api/group.ts';
import type { CleanupReport } from '../../../api/runner-result.ts';
import type { CleanupOptions } from '../../session-store.ts';
import { StoreError } from '../../store-error.ts';
import { emptyTrash } from '../empty-trash.ts';
import { entryPath, ignoring, inParallel, namesIn, succeeded } from '../files.ts';
import { ownMark } from '../folder-mark.ts';
import { cannotUnlink, ensureStateDir } from '../folders.ts';
import { isLibraryEntry, isSessionEntry, sessionNamesIn } from '../session-files.ts';
import { checkFolder, checkPath, holdFolder, identityOf, type StoreContext } from '../store-paths.ts';
import { ensureReserve, fileSystemTime, graceOf, requireLinkAndRename } from '../volume-probe.ts';
import type { Counts } from './cleanup-task.ts';
import { resetCounters } from './counters.ts';
import { QuarantineBatches } from './quarantine-batches.ts';
import { WorkerPool } from './worker-pool.ts';

/** Files of one task: bounds memory, how long a stop waits, and how long a polite run works between rests. */
const chunkSize = { polite: 128, full: 512 } as const;

/** A temporary file has long been renamed by then, or its writer is dead. */
const saveMs = 3_600_000;

/** Deletes sessions that are older than `ageSeconds`, by the file system's clock and each session's time. */
export async function deleteOldSessions(
  context: StoreContext,
  options: CleanupOptions,
): Promise<CleanupReport> {
  const { files, paths, layout } = context;
  await requireStore(context, options);
  const checked = await identityOf(files, paths, options.owner !== undefined);
  // Checked again: the paths that are remembered are the ones that were checked.
  await requireStore(context, options);
  const { handle, path: folder } = await holdFolder(files, paths, checked);
  await using _ = handle;
  const now = await fileSystemTime(files, paths);
  const batches = new QuarantineBatches(await graceOf(files, paths));
  const notes: string[] = [];
  if (!options.dryRun) {
    await requireLinkAndRename(files, paths);
    await batches.findEarlier(files, paths);
    await sweepTmp(context, now);
    notes.push(...(await emptyTrash(files, paths, options.signal)));
    await resetCounters(context, folder);
  }
  const cutoff = now - options.ageSeconds * 1000;
  const judgement = { layout, cutoff, leftoverCutoff: Math.min(cutoff, now - saveMs) };
  const size = chunkSize[options.pace ?? 'polite'];
  const wanted = (options.dryRun ? isSessionEntry : isLibraryEntry)(layout);
  const names = sessionNamesIn(files, { folder, layout, size }, wanted);
  const pool = new WorkerPool(context, { options, checked, folder, judgement, batches, names });
  const { counts, complete } = await pool.run();
  if (!options.dryRun) {
    await ensureReserve(files, paths);
    await resetCounters(context, folder);
  }
  notes.push(...notesOn(counts, paths.quarantine));
  return reportOf(counts, {
    notes,
    left: batches.left(),
    complete,
    dryRun: options.dryRun ?? false,
  });
}

/** The report of these counts; `left` files wait in quarantine for the next run. */
function reportOf(
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

function notesOn(counts: Counts, quarantine: string): readonly string[] {
  const { unsettled, leftovers, unreadable } = counts;
  const isNoneRead = unreadable > 0 && counts.live + counts.stale + counts.waiting + counts.deleted === 0;
  return [
    ...(isNoneRead ? [unreadNote] : []),
    ...(unsettled > 0 ? [unsettledNote(unsettled, quarantine)] : []),
    ...(leftovers > 0
      ? [`Also deleted: ${leftovers} temporary files that killed processes of the application had left.`]
      : []),
  ];
}

const unreadNote =
  'Clean-up could not read the time of any session and deleted none. Check spec.layout; for a custom layout, check the ' +
  'time’s field and unit.';

const unsettledNote = (count: number, quarantine: string): string =>
  `In ${quarantine}, where files wait to be deleted, ${count} entries of earlier runs cannot be read ` +
  `or moved by uid ${process.geteuid?.()}: live sessions among them were not put back. Run as their ` +
  'owner, or change it.';

/** ISO 8601; a time outside of the years that a Date can have is the nearest one that it can. */
const instant = (ms: number): string => new Date(Math.min(Math.max(ms, 0), 8.64e15)).toISOString();

/** StoreMissing where the folder, or this owner's mark on it, is missing: nothing is deleted then. */
async function requireStore(context: StoreContext, options: CleanupOptions): Promise<void> {
  const { files, paths } = context;
  const setUpAgain = `Let set-up run again: annotate the SessionStore with ${requestAnnotation}.`;
  if (!(await checkPath(files, paths))) {
    throw new StoreError(
      'StoreMissing',
      `Expected a folder at ${paths.folder}; found nothing. ${setUpAgain}`,
    );
  }
  await checkFolder(files, paths.stateDir);
  const mark = options.owner && (await ownMark(files, paths, options.owner));
  if (options.owner && mark?.state !== 'Done') {
    throw new StoreError(
      'StoreMissing',
      `Expected ${paths.folder} to carry this store's mark; found ` +
        `${mark ? 'a set-up that has not ended' : 'none'}. No session was deleted. ${setUpAgain}`,
    );
  }
  await ensureStateDir(files, paths);
}

/** Removes files that a killed program was about to save. */
async function sweepTmp({ files, paths }: StoreContext, now: number): Promise<void> {
  for await (const names of namesIn(files, paths.tmp, chunkSize.full)) {
    await inParallel(names, async (name) => {
      const path = entryPath(paths.tmp, name);
      const stats = await ignoring(['ENOENT'], files.lstat(path));
      const isLeftover = stats && now - stats.mtimeMs > saveMs;
      if (isLeftover) await succeeded(files.unlink(path), cannotUnlink);
    });
  }
}
