import { CliError, usageError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { isNetworkError } from './network-error.ts';

const fileFaults: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EISDIR: 'this is a folder',
  EACCES: 'you may not read the file',
};

/** js-yaml's error. Its message quotes the file, which holds credentials. */
interface YamlError extends Error {
  readonly mark?: { readonly line?: number };
}

function faultOf(error: NodeJS.ErrnoException): string {
  if (error.code) return fileFaults[error.code] ?? error.message;
  const { line } = (error as YamlError).mark ?? {};
  if (line !== undefined) return `line ${line + 1} is not YAML`;
  const isOther = error.name === 'YAMLException' || error instanceof TypeError;
  return isOther ? 'it is empty, or not a kubeconfig' : error.message;
}

/** The sentence for a kubeconfig that cannot be loaded from `place`, the name of a file or a list of them. */
export function kubeconfigError(error: unknown, place: string): CliError {
  const { path } = error as NodeJS.ErrnoException;
  return usageError(`Expected a kubeconfig in ${path ?? place}; ${faultOf(error as Error)}`);
}

/** The output of a program that provides credentials is never quoted; its errors are. */
function whyNoCredentials(error: Error): string {
  if (error instanceof SyntaxError) return 'its output is not JSON';
  if (error instanceof TypeError) return 'its output has no credentials';
  return error.message.trim() || 'it failed without a message';
}

/** The error of credentials that the kubeconfig names but that cannot be had; `source` is the program that provides them. */
export function credentialsError(error: unknown, source: string | undefined): unknown {
  const { code, syscall, path, message } = error as NodeJS.ErrnoException;
  if (isNetworkError(error)) return error;
  if (syscall?.startsWith('spawn'))
    return usageError(
      `The kubeconfig takes credentials from the program ${path}, which cannot be started (${code}): install it, or add its folder to the PATH`,
    );
  if (code && path) return usageError(`Expected the file ${path}, which the kubeconfig names: ${message}`);
  if (source === undefined) return usageError(`The kubeconfig cannot be used: ${message}`);
  return new CliError(
    exitCodes.forbidden,
    `${source}, which the kubeconfig names, provided no credentials: ${whyNoCredentials(error as Error)}`,
  );
}
