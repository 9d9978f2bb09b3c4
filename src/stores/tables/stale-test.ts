import type { TableForm } from '../../layouts/table-form.ts';
import { agedColumns } from './shape-columns.ts';
import { all, any, type RuleFacts, type StaleRule, staleRuleOf, type TimeWords } from './stale-rule.ts';

/** The test of a run: a row is stale by any of the rules. Made once, from the layout and the types that were found. */
export interface StaleTest {
  readonly rules: readonly [StaleRule, ...StaleRule[]];
  /** Condition of a row that is a session, if others share the table. */
  readonly session: string | undefined;
  /** The columns that the test reads. */
  readonly columns: readonly string[];
}

/** Condition of a row that is a session; undefined if every row is one. */
export const sessionCondition = ({ only }: Pick<TableForm, 'only'>, words: TimeWords): string | undefined =>
  only && words.isSession(only.column, only.equals);

/** The test for the columns that were found; the table's shape was checked before. */
export function staleTestOf(
  layout: Pick<TableForm, 'rules' | 'only'>,
  known: Omit<RuleFacts, 'session'>,
): StaleTest {
  const session = sessionCondition(layout, known.words);
  const facts = { ...known, session };
  const [first, ...others] = layout.rules;
  return {
    rules: [staleRuleOf(first, facts), ...others.map((rule) => staleRuleOf(rule, facts))],
    session,
    columns: agedColumns(layout),
  };
}

/** The rule's cutoff in a statement. */
export type Constant = (rule: StaleRule) => string;

export const literalOf: Constant = ({ cutoff }) => cutoff;

/** Condition of a row that is stale by the rule. */
export const staleBy = (rule: StaleRule, constant: Constant = literalOf): string =>
  [`${rule.value} ${rule.operator} ${constant(rule)}`, ...rule.also].join(' AND ');

/** Condition of a row that is stale by any rule. */
export const staleByAny = ({ rules }: StaleTest, constant: Constant = literalOf): string =>
  rules.length === 1 ? staleBy(rules[0], constant) : any(rules.map((rule) => staleBy(rule, constant)));

/** Condition of a row that is stale by the rule of this pass, and by none before. */
export const staleInPass = (test: StaleTest, pass: number, constant: Constant = literalOf): string =>
  [
    ...test.rules.slice(pass, pass + 1).map((rule) => staleBy(rule, constant)),
    ...test.rules.slice(0, pass).map((rule) => `(${staleBy(rule)}) IS NOT TRUE`),
  ].join(' AND ');

/** Condition of a row without a readable time that no rule takes; undefined if there is no such row. */
export function unreadableIn(test: StaleTest): string | undefined {
  const conditions = test.rules.flatMap(({ unreadable }) => unreadable ?? []);
  if (conditions.length === 0) return undefined;
  const isLeft = test.rules.length > 1 ? [`(${staleByAny(test)}) IS NOT TRUE`] : [];
  return all([any(conditions), ...isLeft]);
}
