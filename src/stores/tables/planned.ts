import type { PlanReport } from '../../api/plan-report.ts';
import type { TableForm } from '../../layouts/table-form.ts';
import { type Problem, refusalOr } from '../refusal-or.ts';
import { type AgeCounts, reportedAges } from './age-counts.ts';
import { oldestInstant } from './cleanup-counts.ts';

/** The acts of a set-up of a table, as the plan of either server names them. */
const actions = {
  create: 'Create',
  truncate: 'Overwrite',
  replace: 'Overwrite',
  migrate: 'Adopt',
  mark: 'Adopt',
  adopt: 'Adopt',
  remark: 'Verify',
  verify: 'Verify',
} as const satisfies Record<string, NonNullable<PlanReport['action']>>;

type Action = keyof typeof actions;

/** The part of a report about set-up; a table that cannot be marked is used without a mark. */
export function setupPart(
  plan: { readonly done: { readonly action: Action } } | { readonly problem: Problem },
): Pick<PlanReport, 'action' | 'marked' | 'setupProblem'> {
  if ('problem' in plan) return { setupProblem: plan.problem };
  const { action } = plan.done;
  return { action: actions[action], marked: action !== 'adopt' };
}

/** The most notes that the schema of a report permits. */
const mostNotes = 8;

/** The counts of a plan's report. */
export type Counted = Pick<
  PlanReport,
  'sessions' | 'ages' | 'unreadable' | 'isEstimate' | 'bytes' | 'oldestStale' | 'timeZone'
>;

/** A count of a table. */
interface Found {
  readonly counts: AgeCounts;
  readonly isEstimate: boolean;
  readonly bytes: number;
  readonly timeZone: Counted['timeZone'];
}

/** The counts of a report: by age only if sessions are ever deleted. */
export async function countedPart(
  { counts, isEstimate, bytes, timeZone }: Found,
  isCleaned: boolean,
  instantOf: Parameters<typeof oldestInstant>[1],
): Promise<Counted> {
  const { ages, ...reported } = reportedAges(counts);
  const oldestStale = await oldestInstant(counts.oldest, instantOf);
  return {
    ...reported,
    bytes,
    ...(isCleaned && { ages, ...(oldestStale && { oldestStale }) }),
    ...(isEstimate && { isEstimate }),
    ...(timeZone && { timeZone }),
  };
}

/** The note on the index that set-up would add. */
export const indexToAdd = ({ timeIndex }: Pick<TableForm, 'timeIndex'>): string =>
  `set-up would add the index on ${timeIndex.column}`;

/** The looks at one table that a plan takes; `Table` is what the server's catalogue says of it. */
export interface TableLooks<Table> {
  /** The part about set-up, by its plan. */
  readonly setup: Pick<PlanReport, 'action' | 'marked' | 'setupProblem'>;
  readonly table: Table | undefined;
  readonly connection: PlanReport['connection'];
  readonly count: (table: Table) => Promise<Counted>;
  /** Throws where a clean-up would be refused. */
  readonly check: () => Promise<unknown>;
  readonly notes: (table: Table) => readonly string[];
  /** True if sessions are ever deleted. */
  readonly isCleaned: boolean;
}

/** The report on one table, in the words of either server. */
export async function tableReport<Table>(looks: TableLooks<Table>): Promise<PlanReport> {
  const { setup, connection, table } = looks;
  if (!table) return { ...setup, ...(!setup.setupProblem && { sessions: 0 }), connection, notes: [] };
  // The columns that are counted by may be missing.
  if (setup.setupProblem?.reason === 'ShapeMismatch') return { ...setup, connection, notes: [] };
  const counted = await refusalOr(() => looks.count(table));
  const checked = await refusalOr(looks.check);
  const [problem] = [checked, counted].flatMap((one) => ('problem' in one ? one.problem : []));
  return {
    ...setup,
    ...('done' in counted && counted.done),
    ...(looks.isCleaned && problem && { cleanupProblem: problem }),
    connection,
    notes: looks.notes(table).slice(0, mostNotes),
  };
}
