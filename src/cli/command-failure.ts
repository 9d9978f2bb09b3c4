import { ApiError } from '../kube/api-error.ts';
import { CliError, forbiddenError } from './cli-error.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { isNetworkError, networkMessage } from './network-error.ts';

/** How a command ends that threw. */
interface CommandFailure {
  readonly exitCode: ExitCode;
  readonly message: string;
}

/** The message and exit code of whatever a command threw. */
export function commandFailureOf(error: unknown): CommandFailure {
  if (error instanceof CliError) return error;
  if (error instanceof ApiError) return failureOfResponse(error);
  if (isNetworkError(error))
    return {
      exitCode: exitCodes.unavailable,
      message: `The API server cannot be reached: ${networkMessage(error as Error)}`,
    };
  const { code, message }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
  if (typeof code === 'string' && isWrongSetting(code))
    return {
      exitCode: exitCodes.usage,
      message: `The server or a certificate of the kubeconfig cannot be used: ${message}`,
    };
  return {
    exitCode: exitCodes.software,
    message: `${message.split('\n', 1)[0]} (this is a fault of sessionstore; with DEBUG=1 it prints where)`,
  };
}

/** OpenSSL's codes of a certificate or key that it cannot read, and Node's of an invalid URL. */
const isWrongSetting = (code: string): boolean => code.startsWith('ERR_OSSL_') || code === 'ERR_INVALID_URL';

function failureOfResponse(error: ApiError): CommandFailure {
  const { code, detail } = error;
  if (code === 403) return forbiddenError(error);
  if (code === 401)
    return {
      exitCode: exitCodes.forbidden,
      message: `The API server does not accept your credentials: ${detail}`,
    };
  return { exitCode: code < 500 ? exitCodes.usage : exitCodes.unavailable, message: detail };
}
