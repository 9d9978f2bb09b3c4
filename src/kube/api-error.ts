import { parsedJson } from '../api/parsed-json.ts';

/** The Status object that the API server sends with an error. */
interface KubeStatus {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly causes?: readonly { readonly reason?: string }[];
    readonly retryAfterSeconds?: number;
  };
}

function parseStatus(body: string): KubeStatus {
  const parsed = parsedJson(body);
  // A proxy in between responds in its own format.
  if (parsed === undefined) return { message: body.slice(0, 200) };
  return parsed !== null && typeof parsed === 'object' ? parsed : {};
}

/** A response of the API server that is not a success, with the server's message. */
export class ApiError extends Error {
  readonly code: number;
  /** For example AlreadyExists, Conflict, Expired; or NameConflict if the object's name belongs to another owner. */
  readonly reason: string;
  readonly isNamespaceTerminating: boolean;
  /** The server's message alone, without the request. */
  readonly detail: string;
  /** The delay that the server asks for; undefined without one. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: number,
    reason: string,
    message: string,
    rest: { isNamespaceTerminating?: boolean; retryAfterMs?: number; detail?: string } = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.isNamespaceTerminating = rest.isNamespaceTerminating ?? false;
    this.retryAfterMs = rest.retryAfterMs;
    this.detail = rest.detail ?? message;
  }

  static of(what: string, code: number, body: string, retryAfter: string | undefined): ApiError {
    const { message, reason = 'Unknown', details } = parseStatus(body);
    const seconds = Number(retryAfter ?? details?.retryAfterSeconds ?? Number.NaN);
    const detail = message || `HTTP ${code}`;
    return new ApiError(code, reason, `${what}: ${detail}`, {
      detail,
      isNamespaceTerminating:
        details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false,
      ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 }),
    });
  }
}

/** True if the server responded with this code. */
export function isApiError(error: unknown, code: number): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

/** The response of a request; undefined where its object does not exist. */
export async function ifFound<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isApiError(error, 404)) return undefined;
    throw error;
  }
}
