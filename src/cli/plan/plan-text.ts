import { ageBounds } from '../../api/age-bounds.ts';
import { describeStore, effectiveCleanup, whyOnlyCounted } from '../../api/effective.ts';
import type { PlanReport } from '../../api/plan-report.ts';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { isCounted } from '../../state/cleanup-history.ts';
import { type Field, linesOfFields } from '../fields.ts';
import { roughDuration } from '../run/progress-line.ts';
import { sizeText } from '../size-text.ts';
import type { Tone } from '../terminal.ts';
import type { PlanResult } from './plan.ts';

const number = (value: number): string => value.toLocaleString('en');

const actions: Readonly<Record<NonNullable<PlanReport['action']>, string>> = {
  Create: 'would create the store, which does not exist',
  Resume: 'would complete an earlier set-up of this store that was interrupted',
  Adopt: 'would adopt what exists: it fits the layout, and none of its sessions is changed',
  Overwrite: 'would DELETE EVERY SESSION and begin with an empty store, as the overwrite token permits once',
  Verify: 'would verify the store, which already belongs to this SessionStore, and change nothing',
};

function setupField({ action, setupProblem, marked }: PlanReport): Field {
  if (setupProblem)
    return {
      label: 'Set-up',
      tone: 'bad',
      text: `would fail: ${setupProblem.reason}: ${setupProblem.message}`,
    };
  const mark = marked === false ? '; set-up could not write the mark' : '';
  const tone = action === 'Overwrite' ? 'bad' : 'good';
  return { label: 'Set-up', tone, text: `${action ? actions[action] : 'is unknown'}${mark}` };
}

const staleIn = ({ ages }: PlanReport): number | undefined =>
  ages && Object.values(ages).reduce((sum, count) => sum + count, 0) - ages.notStale;

/**
 * Sessions that a clean-up deletes or looks at in a second, at its pace: a tenth of what docs/performance.md measured,
 * as most servers have other work too. Files are deleted one by one.
 */
const perSecond = { tables: { polite: 5000, full: 50_000 }, files: { polite: 500, full: 2000 } } as const;

/** Seconds that the first clean-up takes, roughly; undefined if no session is counted. */
export function estimatedSeconds(
  { spec }: Pick<SessionStoreResource, 'spec'>,
  plan: PlanReport,
): number | undefined {
  const stale = staleIn(plan);
  const cleanup = effectiveCleanup(spec);
  if (stale === undefined || !cleanup) return undefined;
  const isTable = spec.backend.postgres !== undefined || spec.backend.mysql !== undefined;
  const pace = cleanup.pace.value === 'full' ? 'full' : 'polite';
  return stale / perSecond[isTable ? 'tables' : 'files'][pace];
}

function cleanupField(store: SessionStoreResource, plan: PlanReport): Field {
  const label = 'Clean-up';
  const { cleanupProblem, isEstimate } = plan;
  if (cleanupProblem)
    return { label, tone: 'bad', text: `would fail: ${cleanupProblem.reason}: ${cleanupProblem.message}` };
  const cleanup = effectiveCleanup(store.spec);
  if (!cleanup) return { label, text: 'is not requested: sessions are kept' };
  const stale = staleIn(plan);
  if (stale === undefined) return { label, text: 'could not be counted' };
  const seconds = estimatedSeconds(store, plan) ?? 0;
  const isDryRun = cleanup.dryRun || whyOnlyCounted(store.spec, isCounted(store)) !== undefined;
  const does = isDryRun ? 'would count' : 'would delete';
  const about = isEstimate ? 'about ' : '';
  const time = stale > 0 ? `, in very roughly ${roughDuration(seconds)} at pace ${cleanup.pace.value}` : '';
  return {
    label,
    text: `the first one ${does} ${about}${number(stale)} session${stale === 1 ? '' : 's'} (${cleanup.age.field} ${cleanup.age.value})${time}`,
  };
}

function sessionsField({
  sessions,
  isEstimate,
  bytes,
  oldestStale,
  unreadable,
}: PlanReport): readonly Field[] {
  if (sessions === undefined) return [];
  const parts = [
    `${isEstimate ? 'about ' : ''}${number(sessions)}${isEstimate ? ', estimated from a sample' : ''}`,
    ...(bytes === undefined ? [] : [sizeText(bytes)]),
    ...(oldestStale === undefined ? [] : [`the oldest stale one ended at ${oldestStale}`]),
    ...(unreadable ? [`${number(unreadable)} kept because their age cannot be read`] : []),
  ];
  return [{ label: 'Sessions', text: parts.join(', ') }];
}

const barWidth = 30;

/** The numbers by age, with a bar each. */
function histogramLines({ ages }: Pick<PlanReport, 'ages'>): readonly string[] {
  if (!ages) return [];
  const rows = [
    { text: 'not stale', count: ages.notStale },
    ...ageBounds.map(({ name, text }) => ({ text, count: ages[name] })),
  ];
  const most = Math.max(...rows.map(({ count }) => count), 1);
  const labelWidth = Math.max(...rows.map(({ text }) => text.length));
  const countWidth = Math.max(...rows.map(({ count }) => number(count).length));
  return rows.map(({ text, count }) => {
    const bar = '█'.repeat(count === 0 ? 0 : Math.max(Math.round((count / most) * barWidth), 1));
    return `  ${text.padEnd(labelWidth)}  ${number(count).padStart(countWidth)}  ${bar}`.trimEnd();
  });
}

function fieldsOf(store: SessionStoreResource, plan: PlanReport, notes: readonly string[]): readonly Field[] {
  const { timeZone, connection } = plan;
  const why = store.spec.cleanup && whyOnlyCounted(store.spec, isCounted(store));
  const all = [...notes, ...(why === undefined ? [] : [`clean-up: ${why}`]), ...plan.notes];
  return [
    setupField(plan),
    ...(store.spec.cleanup || plan.sessions !== undefined ? [cleanupField(store, plan)] : []),
    ...sessionsField(plan),
    ...(timeZone ? [{ label: 'Time zone', text: `${timeZone.name} (${timeZone.source})` }] : []),
    ...(connection ? [{ label: 'Server', text: `${connection.server}, TLS ${connection.tls}` }] : []),
    ...(all.length > 0 ? [{ label: 'Notes', text: all }] : []),
  ];
}

/** A plan for a person. */
export function planText(
  { store, plan, problem, notes }: PlanResult,
  width: number | undefined,
  paint: (tone: Tone, text: string) => string,
): string {
  const head = paint('strong', `${store.metadata.name}: ${describeStore(store.spec)}`);
  if (!plan) {
    const fields: readonly Field[] = [
      { label: 'Plan', tone: 'bad', text: `failed: ${problem?.reason}: ${problem?.message}` },
    ];
    return `${[head, ...linesOfFields(fields, width, paint)].join('\n')}\n`;
  }
  const lines = [head, ...linesOfFields(fieldsOf(store, plan, notes), width, paint), ...histogramLines(plan)];
  return `${lines.join('\n')}\n`;
}
