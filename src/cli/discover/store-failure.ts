import { credentialsOf } from '../../runner/credentials.ts';
import { failureOf } from '../../runner/failure.ts';
import { StoreError } from '../../stores/store-error.ts';
import { CliError } from '../cli-error.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

const exitCodeByReason: Readonly<Record<string, ExitCode>> = {
  InvalidInput: exitCodes.usage,
  PathInvalid: exitCodes.usage,
  SecretIncomplete: exitCodes.usage,
  AuthenticationFailed: exitCodes.forbidden,
  PermissionDenied: exitCodes.forbidden,
};

/** The exit code for a failure with this reason. */
export const exitCodeOfStore = (reason: string): ExitCode =>
  exitCodeByReason[reason] ?? exitCodes.unavailable;

/** A store's failure as a person reads it, without any part of the uri that is secret; other errors as they are. */
export function asCliError(error: unknown, uri?: string): unknown {
  if (!(error instanceof StoreError)) return error;
  const { failure } = failureOf(error, uri === undefined ? [] : credentialsOf({ uri }));
  return new CliError(exitCodeOfStore(failure.reason), failure.message);
}
