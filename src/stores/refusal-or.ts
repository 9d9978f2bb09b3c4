import type { PlanReport } from '../api/plan-report.ts';
import { isRefusal } from './store-error.ts';

export type Problem = NonNullable<PlanReport['setupProblem']>;

/** The refusal of a piece of work, which is an answer of a plan; its result otherwise. */
export async function refusalOr<T>(
  work: () => T | Promise<T>,
): Promise<{ readonly done: T } | { readonly problem: Problem }> {
  try {
    return { done: await work() };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { problem: { reason: error.reason, message: error.message } };
  }
}
