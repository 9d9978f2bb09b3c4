import type { PlanReport } from '../api/plan-report.ts';
import type { CleanupReport, RunnerResult, SetupReport } from '../api/runner-result.ts';

const maxBytes = 3584;

/**
 * The result with only the first notes, and with every text cut to a length and to the characters that the schema
 * accepts.
 */
function shortened(
  { setup, cleanup, plan, failure, ...rest }: RunnerResult,
  length: number,
  notes: number,
): object {
  const cut = (text: string, atMost = length) => {
    const end = Math.min(length, atMost);
    return text.length <= end ? text : `${text.slice(0, end - 1)}…`;
  };
  const report = (part: SetupReport | CleanupReport | PlanReport) => ({
    ...part,
    notes: part.notes.slice(0, notes).map((note) => cut(note)),
    ...(part.connection && {
      connection: {
        ...part.connection,
        server: cut(part.connection.server, 128),
        tls: cut(part.connection.tls, 64),
      },
    }),
  });
  return {
    ...rest,
    ...(setup && { setup: report(setup) }),
    ...(cleanup && { cleanup: report(cleanup) }),
    ...(plan && { plan: { ...report(plan), ...problemsOf(plan, cut) } }),
    ...(failure && { failure: { ...failure, message: cut(failure.message) } }),
  };
}

function problemsOf({ setupProblem, cleanupProblem }: PlanReport, cut: (text: string) => string): object {
  const shorter = ({ reason, message }: NonNullable<PlanReport['setupProblem']>) => ({
    reason,
    message: cut(message),
  });
  return {
    ...(setupProblem && { setupProblem: shorter(setupProblem) }),
    ...(cleanupProblem && { cleanupProblem: shorter(cleanupProblem) }),
  };
}

/** Reductions, step by step, until the result fits: notes first, then the failure's text; figures are never dropped. */
const reductions = [
  [1024, 8],
  [1024, 4],
  [512, 4],
  [1024, 0],
  [512, 0],
  [256, 0],
  [128, 0],
  [64, 0],
  [32, 0],
] as const;

/** The result for the termination log, with texts shortened so that it stays within the limit. */
export function serializeResult(result: RunnerResult): string {
  let text = '';
  for (const [length, notes] of reductions) {
    text = JSON.stringify(shortened(result, length, notes));
    if (Buffer.byteLength(text) <= maxBytes) break;
  }
  return text;
}
