import { finishedCleanups } from './cleanup-history.ts';
import { runOf } from './job-run.ts';
import type { Observed, ObservedJob } from './observed.ts';
import { finishedSetups } from './setup-history.ts';

/** The finished Jobs that status has not recorded, and of whose ended pods fewer left a result than the Job counts. */
export const withLostResults = (observed: Observed): readonly ObservedJob[] =>
  [...finishedSetups(observed).unrecorded, ...finishedCleanups(observed).unrecorded].filter(
    (job) => runOf(job).lostResults > 0,
  );
