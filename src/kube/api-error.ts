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

/** A server or a proxy may name any time; a timer of more than 24 days would fire at once. */
const longestWaitMs = 300_000;

/** The first that is a number of seconds: a header may hold a date. */
function waitOf(seconds: readonly unknown[]): number | undefined {
  const [first] = seconds.flatMap((one) =>
    one == null || !Number.isFinite(Number(one)) ? [] : [Number(one)],
  );
  return first === undefined ? undefined : Math.min(Math.max(first * 1000, 0), longestWaitMs);
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
    const detail = message || `HTTP ${code}`;
    const retryAfterMs = waitOf([retryAfter, details?.retryAfterSeconds]);
    const { causes } = details ?? {};
    return new ApiError(code, reason, `${what}: ${detail}`, {
      detail,
      isNamespaceTerminating:
        Array.isArray(causes) && causes.some((cause) => cause?.reason === 'NamespaceTerminating'),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
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
