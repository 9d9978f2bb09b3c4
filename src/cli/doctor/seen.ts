import { type ApiError, isApiError } from '../../kube/api-error.ts';
import { type Act, missingRight } from '../cli-error.ts';

/** The answer to a question about the cluster. */
export type Seen<T> =
  | { readonly state: 'seen'; readonly value: T }
  | { readonly state: 'absent' }
  /** The person may not ask, or the API server has another reason to refuse; the text says which. */
  | { readonly state: 'refused'; readonly why: string };

/** Asks with the person's own rights: a refusal is part of the answer, and only an unreachable API server ends the command. */
export async function seen<T>(request: Promise<T>, { what, namespace, rule }: Act): Promise<Seen<T>> {
  try {
    return { state: 'seen', value: await request };
  } catch (error) {
    if (isApiError(error, 404)) return { state: 'absent' };
    if (isApiError(error, 403)) return { state: 'refused', why: missingRight(what, namespace, rule).message };
    if (isApiError(error, 401) || !isAnswer(error)) throw error;
    return { state: 'refused', why: `The API server does not answer this: ${error.detail}` };
  }
}

const isAnswer = (error: unknown): error is ApiError => error instanceof Error && error.name === 'ApiError';
