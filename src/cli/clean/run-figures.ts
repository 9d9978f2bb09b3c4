import type { LastRun } from '../../api/status.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';

/** The end of the command's work on one store. */
export interface CleanResult {
  readonly store: string;
  readonly exitCode: ExitCode;
  /** Figures of the run, in the form of status. */
  readonly run?: LastRun;
  /** The reason why the run has no figures. */
  readonly problem?: string;
}

/** A run that failed, or has left a part of the store for the next run, is not well. */
export const exitCodeOf = ({ outcome }: LastRun): ExitCode =>
  outcome === 'Succeeded' || outcome === 'DryRun' ? exitCodes.ok : exitCodes.notWell;

/** The exit code of all: their own where they agree. */
export function exitCodeOfAll(results: readonly Pick<CleanResult, 'exitCode'>[]): ExitCode {
  const codes = new Set(results.map(({ exitCode }) => exitCode).filter((code) => code !== exitCodes.ok));
  const [only] = codes;
  return codes.size > 1 ? exitCodes.notWell : (only ?? exitCodes.ok);
}

/** One line for a person. */
export function resultText({ store, run, problem }: CleanResult): string {
  if (!run) return `${store}: ${problem}`;
  const { outcome, reason, message } = run;
  const what =
    outcome === 'Failed' ? `the run failed: ${reason}: ` : outcome === 'Incomplete' ? 'incomplete: ' : '';
  return `${store}: ${what}${message}`;
}

/** The form for scripts. */
export const resultObject = (namespace: string, { store, run, problem }: CleanResult): object => ({
  namespace,
  store,
  ...run,
  ...(problem !== undefined && { outcome: 'Failed', message: problem }),
});
