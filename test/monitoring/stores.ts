import type { RunnerResult } from '../../src/api/runner-result.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { cleanupResult, directorySpec, failureResult, postgresSpec, setupResult } from '../builders.ts';
import type { Namespace } from '../operator/namespace.ts';

/** Names of the SessionStores whose states the panels of the dashboard show. */
export const [healthy, behind, failing, broken] = ['web', 'pages', 'basket', 'forum'] as const;

const dayMs = 86_400_000;
const isoAt = (ms: number): string => new Date(ms).toISOString();

/** The Secret of this store is wrong: set-up fails, and a user has to act. */
async function setUpBroken(namespace: Namespace, spec: SessionStoreSpec): Promise<void> {
  await namespace.apply(broken, spec);
  const { metadata } = await namespace.setupJob(broken);
  await namespace.endPodOf(
    metadata.name,
    failureResult('AuthenticationFailed', 'the password was refused'),
    76,
  );
  await namespace.untilCondition(broken, { type: 'Stalled', reason: 'AuthenticationFailed' });
}

async function setUp(namespace: Namespace, name: string, spec: SessionStoreSpec): Promise<void> {
  await namespace.apply(name, spec);
  const { metadata } = await namespace.setupJob(name);
  const connection = {
    server: 'PostgreSQL 15.18',
    tls: 'TLSv1.3 verified',
    certificateExpires: isoAt(Date.now() + 60 * dayMs),
  };
  await namespace.endPodOf(metadata.name, setupResult({ connection }));
  await namespace.untilReady(name);
}

const laravel: SessionStoreSpec = {
  backend: { mysql: { connection: { secretName: 'forum-db' } } },
  layout: 'laravel',
  cleanup: { unmodifiedFor: '2h' },
};

/** Four SessionStores: three that become Ready, and one that does not. */
export async function setUpStores(shop: Namespace, wiki: Namespace): Promise<void> {
  await Promise.all([
    setUp(shop, healthy, postgresSpec),
    setUp(shop, failing, { ...postgresSpec, layout: 'django' }),
    setUp(wiki, behind, directorySpec),
    setUpBroken(wiki, laravel),
  ]);
}

/** A result, as a run that has just finished would report it. */
const withTimes = (result: RunnerResult, seconds: number): RunnerResult => ({
  ...result,
  startedAt: isoAt(Date.now() - seconds * 1000),
  finishedAt: isoAt(Date.now()),
});

async function run(namespace: Namespace, store: string, job: string, result: RunnerResult): Promise<void> {
  await namespace.startCleanup(store, job);
  await namespace.endPodOf(job, result, result.failure ? 77 : 0);
  await namespace.untilRun(store, job);
}

const failureOf = (...args: Parameters<typeof failureResult>) => ({
  failure: failureResult(...args).failure,
});

/** One run of each store that is Ready: a success, one that leaves stale sessions, one that fails. */
export async function cleanUpStores(shop: Namespace, wiki: Namespace, round = 1): Promise<void> {
  const deleted = 600 + 50 * (round % 5);
  // Runs that end within one second are ordered by their names.
  const suffix = String(round).padStart(3, '0');
  const left = {
    overdue: 40,
    oldestStale: isoAt(Date.now() - 2 * dayMs),
    undeletable: [{ cause: 'NotPermitted' as const, count: 12 }],
  };
  const { cleanup: _, ...result } = cleanupResult();
  const failed = {
    ...result,
    ...failureOf('PermissionDenied', 'permission denied for table django_session'),
  };
  await Promise.all([
    run(
      shop,
      healthy,
      `${healthy}-${suffix}`,
      withTimes(cleanupResult({ deleted, remaining: 4000 + deleted }), 4),
    ),
    run(
      wiki,
      behind,
      `${behind}-${suffix}`,
      withTimes(cleanupResult({ deleted: 90, remaining: 800, ...left }), 9),
    ),
    run(shop, failing, `${failing}-${suffix}`, withTimes(failed, 2)),
  ]);
}
