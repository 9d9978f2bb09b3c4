import { ApiError } from '../kube/api-error.ts';
import { type Act, missingRight } from './cli-error.ts';

/** The answer to a question about the cluster. */
export type ReadResult<T> =
  | { readonly state: 'found'; readonly value: T }
  | { readonly state: 'absent' }
  /** The person may not ask, or the API server has another reason to refuse; the text says which. */
  | { readonly state: 'refused'; readonly why: string };

/** Asks with the person's own rights: a refusal is part of the answer, and only an unreachable API server ends the command. */
export async function tryRead<T>(
  request: Promise<T>,
  { what, namespace, rule }: Act,
): Promise<ReadResult<T>> {
  try {
    return { state: 'found', value: await request };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === 401) throw error;
    if (error.code === 404) return { state: 'absent' };
    if (error.code === 403) return { state: 'refused', why: missingRight(what, namespace, rule).message };
    return { state: 'refused', why: `The API server does not answer this: ${error.detail}` };
  }
}
