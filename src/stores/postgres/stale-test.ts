import { escapeIdentifier, escapeLiteral } from 'pg';
import type { TableForm } from '../../layouts/table-form.ts';
import { agedColumns } from '../tables/shape-columns.ts';
import { all, any, type CutoffTexts, type FoundColumns, type StaleRule, staleRuleOf } from './stale-rule.ts';

/** The test of a run: a row is stale by any of the rules. Made once, from the layout and the types that were found. */
export interface StaleTest {
  readonly rules: readonly [StaleRule, ...StaleRule[]];
  /** Condition of a row that is a session, if others share the table. */
  readonly session: string | undefined;
  /** The columns that the test reads. */
  readonly columns: readonly string[];
}

/** Condition of a row that is a session, as text for any type, under any search path; undefined if every row is one. */
export const sessionCondition = ({ only }: Pick<TableForm, 'only'>): string | undefined =>
  only &&
  `${escapeIdentifier(only.column)}::pg_catalog.text OPERATOR(pg_catalog.=) ${escapeLiteral(only.equals)}`;

/** The test for these columns; the table's shape was checked before. `timeZone`: the spec's. */
export function staleTestOf(
  layout: Pick<TableForm, 'rules' | 'only'>,
  found: FoundColumns,
  cutoffs: CutoffTexts,
  timeZone?: string,
): StaleTest {
  const session = sessionCondition(layout);
  const facts = { found, cutoffs, session, timeZone };
  const [first, ...others] = layout.rules;
  return {
    rules: [staleRuleOf(first, facts), ...others.map((rule) => staleRuleOf(rule, facts))],
    ...{ session, columns: agedColumns(layout) },
  };
}

/** The first parameter of each statement: the cutoff of the rule of this pass. */
export const cutoffIn = ({ rules }: StaleTest, pass = 0): string => (rules[pass] ?? rules[0]).cutoff;

/** The rule's cutoff in SQL. */
export type Constant = (rule: StaleRule) => string;

export const literalOf: Constant = ({ cutoff, type }) => `${escapeLiteral(cutoff)}::${type}`;

/** Condition of a row that is stale by the rule. */
export const staleBy = (rule: StaleRule, constant: Constant): string =>
  [`${rule.value} ${rule.operator} ${constant(rule)}`, ...rule.also].join(' AND ');

/** Condition of a row that is stale by any rule. */
export const staleByAny = ({ rules }: StaleTest, constant: Constant): string =>
  rules.length === 1 ? staleBy(rules[0], constant) : any(rules.map((rule) => staleBy(rule, constant)));

/** Condition of a row that is stale by the rule of this pass, and by none before. */
export const staleInPass = (test: StaleTest, pass: number, constant: Constant): string =>
  [
    ...test.rules.slice(pass, pass + 1).map((rule) => staleBy(rule, constant)),
    ...test.rules.slice(0, pass).map((rule) => `(${staleBy(rule, literalOf)}) IS NOT TRUE`),
  ].join(' AND ');

/** Condition of a row without a readable time that no rule takes; undefined if there is no such row. */
export function unreadableIn(test: StaleTest): string | undefined {
  const conditions = test.rules.flatMap(({ unreadable }) => unreadable ?? []);
  if (conditions.length === 0) return undefined;
  const isLeft = test.rules.length > 1 ? [`(${staleByAny(test, literalOf)}) IS NOT TRUE`] : [];
  return all([any(conditions), ...isLeft]);
}

/** The oldest time of stale rows by this clock, in seconds; NULL without one. */
export function oldestIn({ rules }: StaleTest, clock: StaleRule['clock'], constant: Constant): string {
  const oldest = rules
    .filter((rule) => rule.clock === clock)
    .map((rule) => rule.secondsOf(`min(${rule.value}) FILTER (WHERE ${staleBy(rule, constant)})`));
  return oldest.length > 1 ? `least(${oldest.join(', ')})` : (oldest[0] ?? 'NULL::float8');
}
