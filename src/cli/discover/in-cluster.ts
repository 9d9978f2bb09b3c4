import type { Job } from '../../api/kubernetes.ts';
import { parsedJson } from '../../api/parsed-json.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { unfinishedPods } from '../../kube/list.ts';
import { jobsPath } from '../../kube/paths.ts';
import { cliManager, managedByLabel } from '../../state/labels.ts';
import type { ObservedJob } from '../../state/observed.ts';
import type { Finding } from '../../stores/discover/finding.ts';
import type { Search, SearchLine } from '../../stores/discover/search.ts';
import type { Access } from '../access.ts';
import { requireRights } from '../access-review.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { DiscoverOptions } from '../commands/discover.ts';
import { exitCodes } from '../exit-codes.ts';
import { logLines } from '../pod-log.ts';
import { type ImageOptions, resolveRunnerImage } from '../resolve-runner-image.ts';
import { followRun } from '../run/follow-run.ts';
import { toCreateJobs, toDeleteJobs, toFollow, toReadLogs } from '../run/rights.ts';
import { type RunView, runView } from '../run/run-view.ts';
import { RunWatch } from '../run/run-watch.ts';
import { stopRun } from '../run/stop-run.ts';
import type { Terminal } from '../terminal.ts';
import { type ClusterPlace, discoverJob, jobLabels } from './job.ts';
import { neighbourIn } from './neighbour.ts';
import { exitCodeOfStore } from './store-failure.ts';

/** Looks into a Secret's database or a claim by a Job of the namespace, which is deleted at the end. */
export async function findInCluster(
  access: Access,
  place: ClusterPlace,
  search: Search,
  options: ImageOptions & Pick<DiscoverOptions, 'runAs' | 'imagePullSecret'>,
  terminal: Terminal,
): Promise<readonly Finding[]> {
  const { server, namespace } = access;
  await requireRights(server, namespace, [toCreateJobs, ...toFollow, toReadLogs, toDeleteJobs]);
  const image = await resolveRunnerImage(access, options, terminal.env);
  const neighbour =
    'claimName' in place ? neighbourIn(await unfinishedPods(server, namespace), place.claimName) : undefined;
  const reader = { ...neighbour?.securityContext, ...userOf(options) };
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  const job = await server.request<Job>({
    method: 'POST',
    path: jobsPath(namespace),
    query: { fieldManager: cliManager, fieldValidation: 'Strict' },
    body: discoverJob(namespace, place, search, image, {
      node: neighbour?.node,
      reader,
      imagePullSecret: options.imagePullSecret,
    }),
  });
  terminal.on?.('SIGINT', interrupt);
  try {
    const ended = await followed(server, job, terminal, stop.signal);
    if (!ended) throw new CliError(exitCodes.interrupted, 'The search was stopped');
    return await findingsOf(server, ended);
  } finally {
    terminal.off?.('SIGINT', interrupt);
    stop.abort();
    await stopRun(server, job);
  }
}

function userOf({ runAs }: { readonly runAs?: string }): { readonly runAsUser?: number } {
  if (runAs === undefined) return {};
  if (/^[1-9]\d{0,8}$/.test(runAs)) return { runAsUser: Number(runAs) };
  throw usageError(`Expected --run-as to be a user’s number above 0; got ${runAs}`);
}

/** The Job with its pods once it has ended; undefined if it was stopped. */
async function followed(
  server: ApiServer,
  job: Job,
  { stderr }: Terminal,
  signal: AbortSignal,
): Promise<ObservedJob | undefined> {
  const { name: jobName, namespace } = job.metadata;
  const labelSelector = `${managedByLabel}=${jobLabels[managedByLabel]}`;
  const ended = new AbortController();
  const watch = new RunWatch(server, { namespace, labelSelector }, AbortSignal.any([signal, ended.signal]));
  watch.put(job);
  let said = '';
  let hasRun = false;
  const onView = (view: RunView) => {
    // Between the end of the container and that of the Job, the pod seems to wait again.
    if (hasRun) return;
    hasRun = view.state === 'running';
    const text = view.state === 'waiting' ? `Job ${jobName} waits ${view.why}` : `Job ${jobName} looks`;
    if (text !== said) stderr.write(`${text}\n`);
    said = text;
  };
  try {
    return await followRun(server, watch, {
      namespace,
      jobName,
      onView,
      onProgress: () => undefined,
      signal,
    });
  } finally {
    ended.abort();
  }
}

/** A sidecar, or the runtime, may write a line of its own. */
const isSearchLine = (line: unknown): line is SearchLine =>
  typeof line === 'object' && line !== null && ('end' in line || 'finding' in line);

type End = Extract<SearchLine, { readonly end: unknown }>['end'];

/** The lines of the log of the Job's pod; without an end, if the pod was killed. */
async function linesIn(
  server: ApiServer,
  { pods: [pod] }: ObservedJob,
): Promise<{ readonly findings: readonly Finding[]; readonly end?: End }> {
  const findings: Finding[] = [];
  if (!pod) return { findings };
  for await (const text of await logLines(server, pod.metadata)) {
    const line = parsedJson(text);
    if (!isSearchLine(line)) continue;
    if ('end' in line) return { findings, end: line.end };
    findings.push(line.finding);
  }
  return { findings };
}

async function findingsOf(server: ApiServer, observed: ObservedJob): Promise<readonly Finding[]> {
  const { findings, end } = await linesIn(server, observed);
  if (end && !end.failure) return findings;
  if (end?.failure) throw new CliError(exitCodeOfStore(end.failure.reason), end.failure.message);
  const view = runView(observed);
  const why = view.state === 'ended' ? view.run.problem?.message : undefined;
  throw new CliError(
    exitCodes.unavailable,
    `Expected the Job to say what it found; it ended without a word${why === undefined ? '' : `: ${why}`}`,
  );
}
