import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { operatorName } from '../api/group.ts';
import type { Job } from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { LastRun } from '../api/status.ts';
import { isApiError } from '../kube/api-error.ts';
import { type ApiConfig, ApiServer } from '../kube/api-server.ts';
import { BackOff } from '../kube/back-off.ts';
import { Cluster } from '../kube/cluster.ts';
import { EventRecorder } from '../kube/event-recorder.ts';
import { apiReader, podsOf, unfinishedPods } from '../kube/list.ts';
import { kubeSystemPath } from '../kube/paths.ts';
import { Writer } from '../kube/writer.ts';
import type { OperatorOptions } from '../state/observed.ts';
import { Contests } from './contests.ts';
import { Controller } from './controller.ts';
import { type Flags, pairOf } from './flags.ts';
import { Health, type HealthBounds } from './health.ts';
import { serveHealth, serveMetrics } from './http.ts';
import { LeaderElection } from './leader.ts';
import { Metrics } from './metrics.ts';
import { WorkQueue } from './work-queue.ts';

export interface OperatorParts {
  readonly flags: Flags;
  readonly loadConfig: () => ApiConfig;
  readonly log: Logger;
  readonly now?: () => Date;
  readonly bounds?: HealthBounds;
  /** Longest silence of a watch before it is opened again. */
  readonly silenceMs?: number;
  /** Time limit of each request that is not a watch. */
  readonly requestTimeoutMs?: number;
  /** Called with the ports of /healthz and /metrics once they are served. */
  readonly onServing?: (ports: { readonly health: number; readonly metrics: number }) => void;
}

const resyncMs = 10 * 60_000;
const drainMs = 20_000;

/**
 * Serves probes and metrics, waits for leadership, works until the signal fires, and releases the lease. Rejects when
 * the lease is lost.
 */
export async function runOperator(parts: OperatorParts, signal: AbortSignal): Promise<void> {
  const { flags, log } = parts;
  let cluster: Cluster | undefined;
  const metrics = new Metrics(() => cluster);
  await using server = new ApiServer({
    ...(parts.requestTimeoutMs !== undefined && { requestTimeoutMs: parts.requestTimeoutMs }),
    loadConfig: parts.loadConfig,
    onResponse: (metric) => metrics.observeResponse(metric),
  });
  const queue = new WorkQueue(metrics.queueObserver());
  metrics.registerQueue(queue, flags.concurrency);
  cluster = new Cluster(
    server,
    {
      namespaces: flags['watch-namespace'],
      onChange: (key) => queue.add(key),
      ...(parts.silenceMs !== undefined && { silenceMs: parts.silenceMs }),
    },
    log,
  );
  // On a host's network two pods have the same name, and each is process 1.
  const identity = `${hostname()}_${randomUUID()}`;
  const leader = flags['leader-elect'] ? leaderElection(server, parts, identity) : undefined;
  using health = new Health({ cluster, queue, ...(leader && { leader }) }, parts.bounds);
  const servers = [
    await serveHealth(flags['health-port'], health),
    await serveMetrics(flags['metrics-port'], metrics),
  ];
  const [healthPort = 0, metricsPort = 0] = servers.map((each) => (each.address() as { port: number }).port);
  parts.onServing?.({ health: healthPort, metrics: metricsPort });

  const watching = new AbortController();
  const watches = cluster.run(watching.signal);
  try {
    await lead({ parts, server, cluster, queue, metrics, identity, leader }, signal);
  } finally {
    watching.abort();
    await watches;
    for (const each of servers) each.close();
  }
}

function leaderElection(
  server: ApiServer,
  { flags, loadConfig, log }: OperatorParts,
  identity: string,
): LeaderElection {
  const { namespace = 'default' } = loadConfig().getContextObject(loadConfig().getCurrentContext()) ?? {};
  const options = {
    name: operatorName,
    namespace: flags['leader-election-namespace'] ?? namespace,
    identity,
  };
  return new LeaderElection(server, options, log);
}

interface LeaderContext {
  readonly parts: OperatorParts;
  readonly server: ApiServer;
  readonly cluster: Cluster;
  readonly queue: WorkQueue;
  readonly metrics: Metrics;
  readonly identity: string;
  readonly leader: LeaderElection | undefined;
}

async function lead(context: LeaderContext, signal: AbortSignal): Promise<void> {
  const { metrics, leader } = context;
  metrics.setLeader(operatorName, false);
  await leader?.acquire(signal);
  if (signal.aborted) return leader?.release();
  metrics.setLeader(operatorName, true);
  const lost = new AbortController();
  const drained = new AbortController();
  // The lease is held until the last write has finished, not only until the signal fires.
  const held = leader?.hold(drained.signal).catch((error: unknown) => lost.abort(error));
  try {
    await work(context, signal, lost.signal);
  } finally {
    drained.abort();
    await held;
    // Must come last: from now on another replica may lead.
    if (!lost.signal.aborted) await leader?.release();
  }
  if (lost.signal.aborted) throw lost.signal.reason;
}

/**
 * Reconciles until the signal fires, then drains; or until the lease is lost, when another replica may already work.
 */
async function work(leaderContext: LeaderContext, signal: AbortSignal, lost: AbortSignal): Promise<void> {
  const { parts, server, cluster, queue, metrics, identity } = leaderContext;
  const { log, flags } = parts;
  const stop = AbortSignal.any([signal, lost]);
  await untilSynced(cluster, stop);
  if (stop.aborted) return;
  const events = new EventRecorder(server, identity, log);
  const installation = flags['installation-id'] ?? (await kubeSystemUid(server, log, stop));
  if (installation === undefined) return;
  const options = operatorOptions(flags, installation);
  log.info({ installation: options.installation, stores: cluster.sessionStores.size }, 'leading');
  const context = {
    caches: cluster,
    writer: new Writer(server, cluster, events),
    contests: new Contests(),
    unfinishedPods: (namespace: string) => unfinishedPods(server, namespace),
    podsOf: (job: Job) => podsOf(server, job),
    apiReader: apiReader(server),
    options,
    now: parts.now ?? (() => new Date()),
    onRun: (store: SessionStoreResource, run: LastRun) => metrics.countRun(store, run),
  };
  const { concurrency } = flags;
  const controller = new Controller({ cluster, queue, context, concurrency, metrics, log, resyncMs });
  stop.addEventListener('abort', () => queue.close(), { once: true });
  if (stop.aborted) queue.close();
  const done = controller.run().then(() => events.drained());
  await Promise.race([done, drainTime(signal), fired(lost)]);
}

/** Resolves when the time to drain, which starts with the signal, is over. */
async function drainTime(signal: AbortSignal): Promise<void> {
  await fired(signal);
  await sleep(drainMs, undefined, { ref: false });
}

async function fired(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

async function untilSynced(cluster: Cluster, signal: AbortSignal): Promise<void> {
  while (!cluster.isSettled && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 50));
}

function operatorOptions(flags: Flags, installation: string): OperatorOptions {
  return {
    runnerImage: flags['runner-image'],
    ...(flags['python-runner-image'] && { pythonRunnerImage: flags['python-runner-image'] }),
    runnerImagePullPolicy: flags['runner-image-pull-policy'],
    allowedAnnotations: flags['allow-pod-annotations'],
    childMetadata: {
      labels: Object.fromEntries(flags['child-label'].map(pairOf)),
      annotations: Object.fromEntries(flags['child-annotation'].map(pairOf)),
    },
    installation,
    retryMinSeconds: flags['retry-min'],
    retryMaxSeconds: Math.max(flags['retry-max'], flags['retry-min']),
    claimCheckSeconds: flags['claim-check-interval'],
  };
}

const withoutRight =
  'The operator has no right to read the uid of kube-system, the default installation id. Pass the uid ' +
  "as --installation-id, because every store's mark contains it. An administrator can read it with: " +
  "kubectl get namespace kube-system -o jsonpath='{.metadata.uid}'";

/**
 * A uid that distinguishes this cluster from every other: the default installation id. Undefined once the signal has
 * fired.
 */
async function kubeSystemUid(
  server: ApiServer,
  log: Logger,
  signal: AbortSignal,
): Promise<string | undefined> {
  const backOff = new BackOff();
  const request = { method: 'GET', path: kubeSystemPath } as const;
  while (!signal.aborted) {
    try {
      const { metadata } = await server.request<{ metadata: { uid: string } }>(request, { signal });
      return metadata.uid;
    } catch (error) {
      if (isApiError(error, 403)) throw new Error(withoutRight, { cause: error });
      if (!signal.aborted) log.warn({ err: error }, 'the uid of kube-system could not be read yet');
      await backOff.wait(undefined, signal);
    }
  }
  return undefined;
}
