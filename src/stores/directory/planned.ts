import nodeFiles from 'node:fs';
import { ageBounds } from '../../api/age-bounds.ts';
import type { Ages, PlanReport } from '../../api/plan-report.ts';
import type { PlanOptions } from '../planned.ts';
import { refusalOr } from '../refusal-or.ts';
import { sessionNamesIn, sessionPath } from './session-files.ts';
import { decide, requireAllowed } from './setup.ts';
import type { StoreContext } from './store-paths.ts';
import { lookAt } from './time/look.ts';

/** Time for looking at files, and for listing the others: a folder of millions is estimated. */
const limitsMs = { looking: 10_000, listing: 30_000 } as const;
const chunkSize = 512;

const unprobed =
  'whether this user may move and delete the files shows when set-up tries it: a plan writes no file to find out';

/** Reports what set-up and the first clean-up would do. It reads the folder, its mark and its files alone. */
export async function planFolder(context: StoreContext, options: PlanOptions): Promise<PlanReport> {
  const decided = await refusalOr(() => decide(context, options.setup));
  const allowed = await refusalOr(async () => {
    if ('done' in decided) await requireAllowed(context, decided.done);
  });
  const [problem] = [decided, allowed].flatMap((one) => ('problem' in one ? one.problem : []));
  const action = 'done' in decided && decided.done.plan !== 'Refuse' ? decided.done.plan : undefined;
  const setup = problem ? { setupProblem: problem } : { ...(action && { action, marked: true }) };
  if (!('done' in decided) || !decided.done.exists)
    return { ...setup, ...('done' in decided && { sessions: 0 }), notes: [] };
  const counted = await refusalOr(() => countFiles(context, options));
  return {
    ...setup,
    ...('done' in counted ? counted.done : options.cleanup && { cleanupProblem: counted.problem }),
    notes: [unprobed],
  };
}

interface Sums {
  ages: { -readonly [Name in keyof Ages]: Ages[Name] };
  looked: number;
  listed: number;
  unreadable: number;
  bytes: number;
  oldestMs: number;
}

/** The count of a session whose time is so many seconds before the time from which a session is stale. */
function ageOf(seconds: number): keyof Ages {
  if (seconds < 0) return 'notStale';
  return ageBounds.find((bound) => seconds < bound.seconds)?.name ?? 'older';
}

/** Looks at one file. Every readable time is before the end of time, so each look shows it. */
function addLook(context: StoreContext, name: string, staleMs: number, sums: Sums): void {
  const { paths, layout, syncFiles = nodeFiles } = context;
  const judgement = { layout, cutoff: Number.POSITIVE_INFINITY, leftoverCutoff: Number.NEGATIVE_INFINITY };
  const look = lookAt(syncFiles, sessionPath(layout, paths.folder, name), name, judgement);
  if (!look || look.is === 'NoFile') return;
  sums.looked += 1;
  if (look.is !== 'Stale') {
    sums.unreadable += 1;
    sums.ages.notStale += 1;
    return;
  }
  sums.bytes += look.stats.size;
  const age = ageOf((staleMs - look.timeMs) / 1000);
  sums.ages[age] += 1;
  if (age !== 'notStale') sums.oldestMs = Math.min(sums.oldestMs, look.timeMs);
}

/** Counts the sessions by age, by this node's clock: the volume's shows only in a file that is written. */
async function countFiles(
  context: StoreContext,
  { cleanup }: PlanOptions,
): Promise<Omit<PlanReport, 'notes'>> {
  const { files, paths, layout } = context;
  const started = performance.now();
  const staleMs = Date.now() - (cleanup?.ageSeconds ?? 0) * 1000;
  const sums: Sums = {
    ages: { notStale: 0, underDay: 0, underWeek: 0, underMonth: 0, underYear: 0, older: 0 },
    looked: 0,
    listed: 0,
    unreadable: 0,
    bytes: 0,
    oldestMs: Number.POSITIVE_INFINITY,
  };
  let isEstimate = false;
  for await (const names of sessionNamesIn(files, { folder: paths.folder, layout, size: chunkSize })) {
    const spent = performance.now() - started;
    sums.listed += names.length;
    isEstimate ||= spent > limitsMs.looking;
    if (spent > limitsMs.listing) break;
    if (!isEstimate) for (const name of names) addLook(context, name, staleMs, sums);
  }
  return reported(sums, { isEstimate, isCleaned: cleanup !== undefined });
}

function reported(
  { ages, looked, listed, unreadable, bytes, oldestMs }: Sums,
  { isEstimate, isCleaned }: { readonly isEstimate: boolean; readonly isCleaned: boolean },
): Omit<PlanReport, 'notes'> {
  const factor = isEstimate && looked > 0 ? listed / looked : 1;
  const scaled = (count: number) => Math.round(count * factor);
  const all = Object.fromEntries(Object.entries(ages).map(([name, count]) => [name, scaled(count)]));
  const isTime = Number.isFinite(oldestMs) && Math.abs(oldestMs) < 8.64e15;
  return {
    sessions: isEstimate ? listed : looked,
    bytes: scaled(bytes),
    ...(unreadable > 0 && { unreadable: scaled(unreadable) }),
    ...(isEstimate && { isEstimate }),
    ...(isCleaned && { ages: all as Ages, ...(isTime && { oldestStale: new Date(oldestMs).toISOString() }) }),
  };
}
