import { codeOf } from '../files.ts';

/** The error that the operation threw, or undefined. */
export function errorOf(operation: () => unknown): unknown {
  try {
    operation();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Whether the operation was done; false where the file is gone, as another process was quicker. */
export function unlessMissing(operation: () => unknown): boolean {
  const error = errorOf(operation);
  if (error && codeOf(error) !== 'ENOENT') throw error;
  return !error;
}
