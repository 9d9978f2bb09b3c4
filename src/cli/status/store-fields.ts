import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import type {
  CleanupStatus,
  Condition,
  LastRun,
  PastRun,
  SessionStoreStatus,
  SetupStatus,
} from '../../api/status.ts';
import { defaultLayout } from '../../layouts/index.ts';
import { conditionOf } from '../../state/condition.ts';
import { ageOf, durationText } from '../age.ts';
import type { Field } from '../fields.ts';
import { docsOf, remedyOf } from '../remedies.ts';
import { nextRunOf } from './next-run.ts';
import { readinessOf } from './readiness.ts';
import { trendOf } from './trend.ts';

const field = (label: string, text: string | 0 | undefined, tone?: Field['tone']): readonly Field[] =>
  !text ? [] : [{ label, text, ...(tone && { tone }) }];

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** The whole state in one or more sentences, and the way on where something is not well. */
function readyFields(store: SessionStoreResource, now: Date, program: string): readonly Field[] {
  const { isReady, reason, message, tone, since } = readinessOf(store);
  const duration = since === undefined ? '' : ` for ${ageOf(since, now)}`;
  if (isReady) return [...field('Ready', `yes${duration}`, tone), ...problemsOf(store)];
  const { name, namespace } = store.metadata;
  return [
    ...field('Ready', `no, ${reason}${duration}`, tone),
    ...field('Why', sentence(message)),
    ...field('Remedy', remedyOf(reason)),
    ...field('Docs', docsOf(reason)),
    ...field('More', `${program} doctor ${name} -n ${namespace}`),
  ];
}

/** Conditions that take nothing from Ready and still ask for somebody’s attention. */
function problemsOf(store: SessionStoreResource): readonly Field[] {
  const cleanedUp = conditionOf(store.status, 'CleanedUp');
  const reconciling = conditionOf(store.status, 'Reconciling');
  const isWaiting = cleanedUp?.reason === 'AwaitingFirstRun';
  return [
    ...(cleanedUp && cleanedUp.status !== 'True' && !isWaiting ? problem('Clean-up', cleanedUp) : []),
    ...(reconciling ? problem('Set-up', reconciling) : []),
  ];
}

const problem = (label: string, { reason, message }: Condition): readonly Field[] => [
  ...field(label, `${reason}: ${sentence(message)}`, 'waiting'),
  ...field('Remedy', remedyOf(reason)),
];

function certificateText(expires: string | undefined, now: Date): readonly string[] {
  if (expires === undefined) return [];
  const left = Date.parse(expires) - now.getTime();
  return [
    left < 0
      ? `certificate expired ${durationText(-left)} ago`
      : `certificate expires in ${durationText(left)}`,
  ];
}

function connectionText({ connection }: SessionStoreStatus, now: Date): string | undefined {
  if (!connection) return undefined;
  const { server, tls, secretName, certificateExpires, verifiedAt } = connection;
  const proof = `Secret ${secretName}, verified ${ageOf(verifiedAt, now)} ago`;
  return [server, `TLS ${tls.replace(/^TLS/, '')}`, ...certificateText(certificateExpires, now), proof].join(
    ', ',
  );
}

const setupText = ({ outcome, finishedAt, reason, failures }: SetupStatus, now: Date): string =>
  [
    `${outcome} ${ageOf(finishedAt, now)} ago`,
    ...(reason ? [reason] : []),
    ...(failures ? [`${failures} failed in a row`] : []),
  ].join(', ');

function scheduleText(store: SessionStoreResource, cleanup: CleanupStatus, now: Date): string {
  const next = nextRunOf(store, now);
  const when =
    next instanceof Date
      ? `next in ${durationText(next.getTime() - now.getTime())}, at ${next.toISOString().replace('.000', '')}`
      : (next ?? 'no run is scheduled');
  return `${cleanup.schedule} (${cleanup.timeZone}); ${when}`;
}

/** The last run; its message is left out where a condition has already said it. */
function runField({ status }: SessionStoreResource, run: LastRun, now: Date): Field {
  const { outcome, dryRun, finishedAt, startedAt, reason, message } = run;
  const took = startedAt ? `, took ${durationText(Date.parse(finishedAt) - Date.parse(startedAt))}` : '';
  const head = `${outcome}${dryRun && outcome !== 'DryRun' ? ' (dry run)' : ''} ${ageOf(finishedAt, now)} ago${took}`;
  const isSaid = status?.conditions?.some(
    (condition) => condition.status !== 'True' && condition.message.includes(message),
  );
  return {
    label: 'Last run',
    text: [`${head}${reason ? `, ${reason}` : ''}`, ...(message && !isSaid ? [message] : [])],
    ...(outcome === 'Failed' && { tone: 'bad' as const }),
  };
}

/** The sessions that the last runs deleted, oldest first; dry runs and failed ones delete none. */
function trendField(history: readonly PastRun[] | undefined, isUtf8: boolean): readonly Field[] {
  const deleted = (history ?? []).map((run) => run.deleted ?? 0).reverse();
  if (deleted.length < 2) return [];
  const most = Math.max(...deleted).toLocaleString('en');
  return field(
    'Trend',
    `${trendOf(deleted, isUtf8)}  deleted by the last ${deleted.length} runs, at most ${most}`,
  );
}

function cleanupFields(store: SessionStoreResource, now: Date, isUtf8: boolean): readonly Field[] {
  const cleanup = store.status?.cleanup;
  if (!store.spec.cleanup) return field('Clean-up', 'not requested: old sessions are kept');
  if (!cleanup) return [];
  const { active, pendingRequest, lastRun, history } = cleanup;
  const { lastSuccessTime, oldestStale, failures, incompleteRuns } = cleanup;
  return [
    ...field('Schedule', scheduleText(store, cleanup, now)),
    ...field('Running', active && `${active.jobName} since ${ageOf(active.startedAt, now)}`),
    ...field('Requested', pendingRequest, 'waiting'),
    ...(lastRun ? [runField(store, lastRun, now)] : field('Last run', 'none yet')),
    ...trendField(history, isUtf8),
    ...field('Last success', lastSuccessTime && `${ageOf(lastSuccessTime, now)} ago`),
    ...field('Failed runs', failures && `${failures} in a row`, 'bad'),
    ...field('Incomplete', incompleteRuns && `${incompleteRuns} runs since the last complete one`, 'waiting'),
    ...field('Oldest stale', oldestStale && `${ageOf(oldestStale, now)} ago`),
  ];
}

interface View {
  readonly now: Date;
  /** The name by which the person called this program. */
  readonly program: string;
  readonly isUtf8: boolean;
}

/** One store as people like to read it. */
export function storeFields(store: SessionStoreResource, { now, program, isUtf8 }: View): readonly Field[] {
  const { metadata, spec, status = {} } = store;
  const notes = status.setup?.notes ?? [];
  return [
    ...field('Name', `${metadata.name} in namespace ${metadata.namespace}`, 'strong'),
    ...readyFields(store, now, program),
    ...field(
      'Suspended',
      spec.suspend ? 'spec.suspend: the operator does not change this store' : undefined,
      'waiting',
    ),
    ...field('Store', status.store),
    ...field('Layout', spec.layout ?? defaultLayout),
    ...field('Connection', connectionText(status, now)),
    ...field('Set-up', status.setup && setupText(status.setup, now)),
    ...cleanupFields(store, now, isUtf8),
    ...(notes.length > 0 ? [{ label: 'Notes', text: notes }] : []),
  ];
}
