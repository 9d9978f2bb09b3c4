import { ApiError } from '../kube/api-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** Ends a command: its message is what the person reads, one or more sentences that say what to do. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}

/** A right on objects, as a rule of a Role says it. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** The only objects that it permits; without them, all. */
  readonly resourceNames?: readonly string[];
}

/** `{apiGroups: [batch], resources: [jobs], verbs: [create]}`, to be copied into a Role. */
export const ruleText = ({ apiGroups, resources, resourceNames, verbs }: Rule): string => {
  const list = (words: readonly string[]) => `[${words.map((word) => word || '""').join(', ')}]`;
  const names = resourceNames ? `, resourceNames: ${list(resourceNames)}` : '';
  return `{apiGroups: ${list(apiGroups)}, resources: ${list(resources)}${names}, verbs: ${list(verbs)}}`;
};

/** The error of a command that lacks a right, with the rule that grants it. */
export function missingRight(what: string, namespace: string, rule: Rule): CliError {
  return new CliError(
    exitCodes.forbidden,
    `You may not ${what} in namespace ${namespace}. A Role with this rule permits it: ${ruleText(rule)}`,
  );
}

/** The message and exit code of whatever a command threw. */
export function endOf(error: unknown): { readonly exitCode: ExitCode; readonly message: string } {
  if (error instanceof CliError) return error;
  if (error instanceof ApiError) return endOfApiError(error);
  const { code, message } = error as NodeJS.ErrnoException;
  if (code && systemCodes.has(code))
    return { exitCode: exitCodes.unavailable, message: `The API server cannot be reached: ${message}` };
  throw error;
}

const systemCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID'],
]);

function endOfApiError({ code, detail }: ApiError) {
  if (code === 403) return { exitCode: exitCodes.forbidden, message: `You may not do this: ${detail}` };
  if (code === 401)
    return {
      exitCode: exitCodes.forbidden,
      message: `The API server does not accept your credentials: ${detail}`,
    };
  return { exitCode: code < 500 ? exitCodes.usage : exitCodes.unavailable, message: detail };
}
