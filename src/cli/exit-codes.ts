/** Exit codes of the command line, for scripts; those from 64 on are of sysexits.h. */
export const exitCodes = {
  ok: 0,
  /** The command worked; what it looked at is not well: a store that is not Ready, a run that failed. */
  notWell: 1,
  /** The command line is wrong, or names an object that does not exist. */
  usage: 64,
  /** The cluster does not answer, or not as expected. */
  unavailable: 69,
  /** A fault of this program. */
  software: 70,
  /** A right is missing, or the cluster refuses the request: a policy, a webhook, a quota. */
  forbidden: 77,
  /** Ctrl+C, as a shell reports it. */
  interrupted: 130,
  /** The reader of the output has gone, as a shell reports it. */
  brokenPipe: 141,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
