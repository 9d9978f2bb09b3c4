import { apiVersion, kind } from '../../api/group.ts';
import type { Job } from '../../api/kubernetes.ts';
import type { PlanReport } from '../../api/plan-report.ts';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { spentTokensOf } from '../../api/spent-tokens.ts';
import { planJob, planLabels } from '../../desired/plan-job.ts';
import { jobsPath } from '../../kube/paths.ts';
import { runOf } from '../../state/job-run.ts';
import { cliManager } from '../../state/labels.ts';
import type { JobOptions } from '../../state/observed.ts';
import type { Problem } from '../../state/problem.ts';
import { type Access, type AccessOptions, openAccess } from '../access.ts';
import { requireRights } from '../access-review.ts';
import type { CommandHandler } from '../cli.ts';
import { usageError } from '../cli-error.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { printed } from '../output.ts';
import { isForPrograms, type OutputFormat } from '../output-format.ts';
import { type ImageOptions, resolveRunnerImage, variantOf } from '../resolve-runner-image.ts';
import { followRun } from '../run/follow-run.ts';
import { Interruption } from '../run/interruption.ts';
import { toCreateJobs, toDeleteJobs, toFollow } from '../run/rights.ts';
import { RunBoard } from '../run/run-board.ts';
import { RunWatch } from '../run/run-watch.ts';
import { stopRun } from '../run/stop-run.ts';
import { painter, type Terminal, widthOf } from '../terminal.ts';
import { namespaceFor } from './manifest-files.ts';
import { planText } from './plan-text.ts';
import { installationOf, plannedStores, wantedBy } from './planned-stores.ts';

export interface PlanCommandOptions extends AccessOptions, ImageOptions {
  readonly filename?: string;
  readonly installationId?: string;
  readonly output: OutputFormat;
}

/** The plan of a store, or the reason why it has no plan. */
export interface PlanResult {
  readonly store: SessionStoreResource;
  readonly plan?: PlanReport;
  readonly problem?: Problem;
  readonly notes: readonly string[];
}

const unknownInstallation = 'unknown';

const noId =
  'the id of the installation could not be read, so this store’s own mark looks like another installation’s: pass ' +
  '--installation-id (the marks of your other stores contain the id)';

interface Planning {
  readonly access: Access;
  readonly options: PlanCommandOptions;
  readonly terminal: Terminal;
  readonly watch: RunWatch;
  readonly board: RunBoard;
  /** The Jobs that exist now: the command deletes each. */
  readonly jobs: Set<Job>;
  readonly signal: AbortSignal;
}

/** The operator's options, as far as a person can know them. */
async function jobOptions(
  { access, options, terminal }: Planning,
  { spec }: SessionStoreResource,
): Promise<JobOptions> {
  const source = await resolveRunnerImage(access, options, terminal.env, variantOf(spec));
  const installation =
    options.installationId ?? source.installation ?? (await installationOf(access)) ?? unknownInstallation;
  return {
    runnerImage: source.image,
    pythonRunnerImage: source.image,
    runnerImagePullPolicy: source.imagePullPolicy,
    installation,
  };
}

const newName = (): string => `sessionstore-plan-${Math.random().toString(36).slice(2, 10).padEnd(8, '0')}`;

/** A shelf and a Durus storage are opened by Python, which writes beside them: only a run may do that. */
function requirePlannable({ metadata: { name }, spec }: SessionStoreResource): void {
  if (variantOf(spec) !== 'python') return;
  throw usageError(
    `Expected a table or a folder; SessionStore ${name} is a shelf or a Durus storage, which cannot be opened to read only. ` +
      `Apply it with cleanup.dryRun: true, or run sessionstore clean ${name} --dry-run: both only count`,
  );
}

async function resultOf(planning: Planning, store: SessionStoreResource): Promise<PlanResult> {
  const { access, watch, board, jobs, signal } = planning;
  const { server, namespace } = access;
  const options = await jobOptions(planning, store);
  const notes = options.installation === unknownInstallation ? [noId] : [];
  const spentTokens = [...spentTokensOf(store.status?.setup)];
  const zone = store.status?.setup?.timeZone;
  const body = planJob(store, newName(), options, {
    ...(spentTokens.length > 0 && { spentTokens }),
    ...(zone !== undefined && { recordedTimeZone: zone }),
  });
  const job = await server.request<Job>({
    method: 'POST',
    path: jobsPath(namespace),
    query: { fieldManager: cliManager },
    body,
  });
  jobs.add(job);
  watch.put(job);
  const { name } = store.metadata;
  const ended = await followRun(server, watch, {
    namespace,
    jobName: job.metadata.name,
    signal,
    onView: (view) => board.show(name, { view }),
    onProgress: () => undefined,
  }).finally(() => board.remove(name));
  board.clearLines();
  if (!ended)
    return {
      store,
      notes,
      problem: { reason: 'ResultMissing', message: 'the Job was deleted before it ended' },
    };
  await stopRun(server, job);
  jobs.delete(job);
  const { results, problem } = runOf(ended);
  const plan = results.at(-1)?.plan;
  if (plan) return { store, plan, notes };
  return {
    store,
    notes,
    problem: problem ?? { reason: 'ResultMissing', message: 'the Job left no result: see its log' },
  };
}

const hasNoProblem = ({ plan }: PlanResult): boolean =>
  plan !== undefined && plan.setupProblem === undefined && plan.cleanupProblem === undefined;

function report({ options, terminal }: Planning, results: readonly PlanResult[]): ExitCode {
  const { output } = options;
  if (isForPrograms(output)) {
    const objects = results.map(({ store, plan, problem, notes }) => ({
      namespace: store.metadata.namespace,
      store: store.metadata.name,
      ...plan,
      ...(problem && { problem }),
      notes: [...notes, ...(plan?.notes ?? [])],
    }));
    terminal.stdout.write(printed(objects, output));
  } else {
    const paint = painter(terminal.stdout, terminal.env);
    const texts = results.map((result) => planText(result, widthOf(terminal.stdout), paint));
    terminal.stdout.write(texts.join('\n'));
  }
  return results.every(hasNoProblem) ? exitCodes.ok : exitCodes.notWell;
}

/** Plans the stores one after the other: they may be in the same database. */
async function planAll(
  planning: Planning,
  stores: readonly SessionStoreResource[],
): Promise<readonly PlanResult[]> {
  const results: PlanResult[] = [];
  for (const store of stores) {
    if (planning.signal.aborted) break;
    results.push(await resultOf(planning, { ...store, apiVersion, kind }));
  }
  return results;
}

export const plan: CommandHandler<PlanCommandOptions> = async ({ args, options, terminal }) => {
  const wanted = await wantedBy(args, options.filename, terminal);
  await using opened = await openAccess(options);
  const { server } = opened;
  const manifests = 'manifests' in wanted ? wanted.manifests : [];
  const namespace = namespaceFor(manifests, options.namespace, opened.namespace);
  const access = { ...opened, namespace };
  const stores = await plannedStores(access, wanted);
  for (const store of stores) requirePlannable(store);
  await requireRights(server, namespace, [toCreateJobs, toDeleteJobs, ...toFollow]);
  const end = new AbortController();
  using interruption = new Interruption(terminal);
  const names = stores.map(({ metadata }) => metadata.name);
  using board = new RunBoard(terminal, names);
  const labelSelector = Object.entries(planLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const watch = new RunWatch(server, { namespace, labelSelector }, end.signal);
  const planning = { access, options, terminal, watch, board, jobs: new Set<Job>(), signal: end.signal };
  const all = planAll(planning, stores);
  try {
    const results = await interruption.resultOf(all);
    return results ? report(planning, results) : exitCodes.interrupted;
  } finally {
    end.abort();
    // A Job that is being created has to be deleted, too.
    await all.catch(() => undefined);
    for (const job of planning.jobs) await stopRun(server, job);
  }
};
