import type { Job, Pod } from '../api/kubernetes.ts';
import type { Caches } from '../kube/cluster.ts';
import { withHistory } from '../kube/store-projection.ts';
import { cleanupCronJobName } from '../state/child-names.ts';
import { awaitedClaim, waitsForClaim } from '../state/exclusive-claim.ts';
import { type Task, taskLabel } from '../state/labels.ts';
import { withLostResults } from '../state/lost-results.ts';
import { podsBeside } from '../state/neighbours.ts';
import { cronJobFacts, type Observed, type ObservedJob, type RejectedWrite } from '../state/observed.ts';
import { podsMounting } from '../state/pods-mounting.ts';
import { byAge } from '../state/times.ts';
import { awaitedNeighbours } from '../status/neighbour-problem.ts';
import type { Contests } from './contests.ts';
import { type Failure, failureOf } from './perform.ts';
import type { ReconcileContext, StoreKey } from './reconcile.ts';

function withPods(caches: Caches, job: Job, pods = caches.podsOwnedBy(job.metadata.uid)): ObservedJob {
  const warnings = [job, ...pods].flatMap(({ metadata }) => caches.warningsAbout(metadata.uid));
  return { job, pods, warnings };
}

function jobsOf(caches: Caches, ownerUid: string | undefined, task: Task): readonly ObservedJob[] {
  if (ownerUid === undefined) return [];
  const jobs = caches.jobsOwnedBy(ownerUid).filter(({ metadata }) => metadata.labels?.[taskLabel] === task);
  return [...jobs].sort(byAge).map((job) => withPods(caches, job));
}

export const rejectedWritesOf = (failures: readonly Failure[]): readonly RejectedWrite[] =>
  failures.flatMap(({ rejectedWrite }) => rejectedWrite ?? []);

/** The store's objects in the caches; undefined if the store is deleted. */
export function observeCached(
  { namespace, name }: StoreKey,
  { caches, options, now }: ReconcileContext,
): Observed | undefined {
  const store = caches.sessionStore(namespace, name);
  if (!store) return undefined;
  const facts = cronJobFacts(store, caches.cronJob(namespace, cleanupCronJobName(name)));
  const uid = facts.hasCronJob ? facts.cronJob?.metadata.uid : undefined;
  return {
    store,
    now: now(),
    options,
    setupJobs: jobsOf(caches, store.metadata.uid, 'setup'),
    cleanupJobs: jobsOf(caches, uid, 'cleanup'),
    ...facts,
    ...(uid !== undefined && { cronJobWarnings: caches.warningsAbout(uid) }),
  };
}

/**
 * The same with what the caches keep in part, or lack so far, read from the API server; undefined where the store is gone or
 * another one.
 */
export async function withUncached(
  observed: Observed,
  context: ReconcileContext,
): Promise<Observed | undefined> {
  const { apiReader } = context;
  const { cronJob, ownCronJob: _inPart, ...rest } = observed;
  const { namespace, name, uid } = rest.store.metadata;
  const store = rest.store.isShortened
    ? await apiReader.sessionStore(namespace, name)
    : withHistory(rest.store);
  const complete = cronJob?.isShortened ? await apiReader.cronJob(namespace, cronJob.metadata.name) : cronJob;
  if (store?.metadata.uid !== uid) return undefined;
  return withLatePods({ ...rest, store, ...cronJobFacts(store, complete) }, context);
}

/**
 * Adds pods that the caches lack: the watch of pods may be behind that of Jobs, and recording "no result" would be
 * permanent.
 */
async function withLatePods(
  observed: Observed,
  { caches, podsOf }: Pick<ReconcileContext, 'caches' | 'podsOf'>,
): Promise<Observed> {
  const late = new Set(withLostResults(observed));
  if (late.size === 0) return observed;
  const complete = async (known: ObservedJob): Promise<ObservedJob> => {
    if (!late.has(known)) return known;
    const byUid = new Map<string, Pod>();
    for (const pod of [...known.pods, ...(await podsOf(known.job))]) byUid.set(pod.metadata.uid, pod);
    return withPods(caches, known.job, [...byUid.values()]);
  };
  const setupJobs = await Promise.all(observed.setupJobs.map(complete));
  const cleanupJobs = await Promise.all(observed.cleanupJobs.map(complete));
  return { ...observed, setupJobs, cleanupJobs };
}

const contestAsRejectedWrite = ({ target, message }: ReturnType<Contests['of']>[number]): RejectedWrite => ({
  task: target.task ?? 'cleanup',
  reason: 'Contested',
  message,
});

/**
 * Adds further facts that a decision depends on. The pods that mount a claim are requested from the API server, and
 * only if a Job waits for the claim; if the request fails, the Job keeps waiting. Includes the failures of this round
 * so far and the current contests.
 */
export async function withPodsAndRejectedWrites(
  observed: Observed,
  failures: Failure[],
  context: ReconcileContext,
): Promise<Observed> {
  const podsOnClaim = await listPodsOnClaim(observed, failures, context);
  const neighbours = await namesOfNeighbours(observed, context);
  const contested = context.contests.of(observed.store, observed.now).map(contestAsRejectedWrite);
  const rejectedWrites = [...rejectedWritesOf(failures), ...contested];
  const more = {
    ...(podsOnClaim && { podsOnClaim }),
    ...(neighbours && { neighbours }),
    ...(rejectedWrites.length > 0 && { rejectedWrites }),
  };
  // The same object keeps what is computed once for each.
  return Object.keys(more).length > 0 ? { ...observed, ...more } : observed;
}

/** Everything that a decision about the store needs, read once; undefined where the store is gone. */
export async function observe(
  key: StoreKey,
  context: ReconcileContext,
  failures: Failure[],
): Promise<Observed | undefined> {
  const found = observeCached(key, context);
  const observed = found && (await withUncached(found, context));
  return observed && withPodsAndRejectedWrites(observed, failures, context);
}

/** Only for a message: if the pods cannot be listed, the scheduler's own message is used. */
async function namesOfNeighbours(
  observed: Observed,
  { unfinishedPods, log }: ReconcileContext,
): Promise<readonly string[] | undefined> {
  const labels = awaitedNeighbours(observed);
  if (labels === undefined) return undefined;
  try {
    return podsBeside(labels, await unfinishedPods(observed.store.metadata.namespace));
  } catch (error) {
    log.debug({ err: error }, 'could not list the pods whose node the Jobs need');
    return undefined;
  }
}

async function listPodsOnClaim(
  observed: Observed,
  failures: Failure[],
  { unfinishedPods }: ReconcileContext,
): Promise<readonly string[] | undefined> {
  const claim = awaitedClaim(observed);
  if (claim === undefined) return undefined;
  try {
    return podsMounting(claim, await unfinishedPods(observed.store.metadata.namespace));
  } catch (error) {
    const task = observed.setupJobs.some(waitsForClaim) ? 'setup' : 'cleanup';
    failures.push(failureOf(task, `could not list the pods that mount claim ${claim}`, error));
    return undefined;
  }
}
