import type { ApiError } from '../kube/api-error.ts';
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

/** The error of a command line that is wrong, or names an object that does not exist. */
export const usageError = (message: string): CliError => new CliError(exitCodes.usage, message);

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

/** An act of a command, with the right that it needs. */
export interface Act {
  /** The words of the act: `list Jobs`. */
  readonly what: string;
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly rule: Rule;
}

/** The error of a command that lacks a right, with the rule that grants it. */
export function missingRight(what: string, namespace: string | undefined, rule: Rule): CliError {
  const [where, role] =
    namespace === undefined ? ['in all namespaces', 'ClusterRole'] : [`in namespace ${namespace}`, 'Role'];
  return new CliError(
    exitCodes.forbidden,
    `You may not ${what} ${where}. A ${role} with this rule permits it: ${ruleText(rule)}`,
  );
}

/** The API server's words for a missing right; policies, webhooks and quotas have others. */
const denial =
  /cannot (?<verb>\S+) resource "(?<resource>[^"]+)" in API group "(?<group>[^"]*)"(?: in the namespace "(?<namespace>[^"]+)")?/;

function deniedAct(detail: string): Act | undefined {
  const { verb, resource, group = '', namespace } = denial.exec(detail)?.groups ?? {};
  if (!verb || !resource) return undefined;
  const rule = { apiGroups: [group], resources: [resource], verbs: [verb] };
  return { what: `${verb} ${resource}`, namespace, rule };
}

/**
 * The error of a response 403. The server's message names the missing right, which may differ from the one asked about.
 * Without a right in the message, the server's words are the reason.
 */
export function forbiddenError({ detail }: ApiError, asked?: Act): CliError {
  const denied = deniedAct(detail);
  if (!denied) return new CliError(exitCodes.forbidden, `The API server refuses this: ${detail}`);
  const { what, namespace, rule } = asked && ruleText(asked.rule) === ruleText(denied.rule) ? asked : denied;
  return missingRight(what, namespace, rule);
}
