import type { RunnerResult } from '../api/runner-result.ts';
import { visibleWithin } from '../api/visible.ts';
import { ConnectError, StoreError } from '../stores/store-error.ts';
import type { Rewrite } from './claim-paths.ts';
import { type Credential, type Proven, scrubber } from './scrub.ts';

export type Failure = NonNullable<RunnerResult['failure']>;

/** The maximum of the result's schema. */
const longestText = 1024;
const longestStack = 8192;

const unchanged: Rewrite = (text) => text;

function causesOf(error: unknown): readonly unknown[] {
  const causes = [error];
  for (let at = error; at instanceof Error && at.cause !== undefined && causes.length < 10; at = at.cause)
    causes.push(at.cause);
  return causes;
}

const unresolved = /^(ENOTFOUND|EAI_|ENODATA)/;

/** Progress of the run with its Secret, derived from its error. */
function provenBy(error: unknown): Proven {
  const causes = causesOf(error);
  if (!(error instanceof StoreError) || /^Secret(Missing|Incomplete)$/.test(error.reason)) return 'nothing';
  if (causes.some((cause) => unresolved.test((cause as { code?: string } | undefined)?.code ?? '')))
    return 'nothing';
  return causes.some((cause) => cause instanceof ConnectError) ? 'resolved' : 'admitted';
}

/** Cuts from the first quotation mark to the last, because errors quote file names, ids and payloads. */
const unquoted = (text: string) => text.replace(/(["'`“‘]).*["'`”’]/gs, '$1…$1');

/** The frames of the stack without the message at its head. */
const placesOf = ({ stack = '' }: Error) =>
  stack
    .split('\n')
    .filter((line) => /^ +at /.test(line))
    .join('\n');

interface ShownFailure {
  readonly failure: Failure;
  readonly stack?: string;
}

/**
 * An unexpected error may quote anything, so its quotations are removed; its whole message is withheld if it quotes the
 * Secret.
 */
function unexpected(error: Error, scrub: (text: string) => string): ShownFailure {
  const reason = 'InternalError';
  if (scrub(error.message) !== error.message)
    return {
      failure: { reason, message: 'Unexpected error; its message is withheld because it quotes the Secret' },
    };
  const words = unquoted(error.message);
  return {
    failure: { reason, message: `Unexpected: ${words}` },
    stack: `${error.name}: ${words}\n${placesOf(error)}`,
  };
}

/**
 * The error in the form that may leave the run: without any value of the connection's Secret, and without quotations.
 */
export function failureOf(
  error: unknown,
  credentials: readonly Credential[],
  rewrite: Rewrite = unchanged,
): ShownFailure {
  const scrub = scrubber(credentials, provenBy(error));
  const shown =
    error instanceof StoreError
      ? { failure: { reason: error.reason, message: error.message } }
      : unexpected(error instanceof Error ? error : new Error(String(error)), scrub);
  return shownOf(shown, (text) => rewrite(scrub(text)));
}

/** Scrubs every text of a value and makes it visible. */
function shownOf<T>(value: T, scrub: (text: string) => string, key = ''): T {
  if (key === 'stack') return scrub(String(value)).slice(0, longestStack) as T;
  // The operator compares this with the spec's token, so it must not change.
  if (key === 'overwriteToken') return value;
  if (typeof value === 'string') return visibleWithin(scrub(value), longestText) as T;
  if (Array.isArray(value)) return value.map((item) => shownOf(item, scrub)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, shownOf(member, scrub, name)]),
  ) as T;
}

/** The report of a run that the server admitted, in the form that may leave the run. */
export function reportOf<T>(report: T, credentials: readonly Credential[], rewrite: Rewrite = unchanged): T {
  const scrub = scrubber(credentials, 'admitted');
  return shownOf(report, (text) => rewrite(scrub(text)));
}
