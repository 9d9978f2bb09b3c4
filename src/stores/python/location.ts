import type { OpenAt } from '../session-store.ts';

/** A store that a Python program serves: the options of its first request, and the interpreter that runs it. */
export interface PythonLocation {
  readonly opening: Readonly<Record<string, unknown>>;
  /** Default: $SESSIONSTORE_PYTHON, else python3. */
  readonly interpreter?: string | undefined;
}

/** Loads the client of the program, which its first request starts. */
export const openPython: OpenAt<PythonLocation> = async (location, lost) => {
  const { PythonByteStore } = await import('./byte-store.ts');
  return new PythonByteStore(location, lost);
};
