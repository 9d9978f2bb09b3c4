import type { PlanReport } from '../../api/plan-report.ts';
import { StoreError } from '../store-error.ts';

/** The acts of a set-up of a table, as the plan of either server names them. */
const actions = {
  ...{ create: 'Create', truncate: 'Overwrite', replace: 'Overwrite', migrate: 'Adopt' },
  ...{ mark: 'Adopt', adopt: 'Adopt', remark: 'Verify', verify: 'Verify' },
} as const satisfies Record<string, NonNullable<PlanReport['action']>>;

type Action = keyof typeof actions;
export type Problem = NonNullable<PlanReport['setupProblem']>;

/** Reasons that end a plan, as its server is gone. */
const ofConnection: ReadonlySet<string> = new Set(['ConnectionFailed', 'ServerUnavailable']);

/** The refusal of a piece of work, which is an answer of a plan; its result otherwise. */
export async function refusalOr<T>(
  work: () => T | Promise<T>,
): Promise<{ readonly done: T } | { readonly problem: Problem }> {
  try {
    return { done: await work() };
  } catch (error) {
    if (!(error instanceof StoreError) || ofConnection.has(error.reason)) throw error;
    return { problem: { reason: error.reason, message: error.message } };
  }
}

/** The part of a report about set-up; a table that cannot be marked is used without a mark. */
export function setupPart(
  plan: { readonly done: { readonly action: Action } } | { readonly problem: Problem },
): Pick<PlanReport, 'action' | 'marked' | 'setupProblem'> {
  if ('problem' in plan) return { setupProblem: plan.problem };
  const { action } = plan.done;
  return { action: actions[action], marked: action !== 'adopt' };
}

const mostNotes = 8;

export const firstNotes = (...notes: readonly (readonly string[])[]): readonly string[] =>
  notes.flat().slice(0, mostNotes);
