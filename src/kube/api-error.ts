/** The Status object that the API server sends with a refusal. */
interface KubeStatus {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly causes?: readonly { readonly reason?: string }[];
    readonly retryAfterSeconds?: number;
  };
}

function parseStatus(body: string): KubeStatus {
  try {
    const parsed: unknown = JSON.parse(body);
    return parsed !== null && typeof parsed === 'object' ? parsed : {};
  } catch (error) {
    // A proxy on the way answers in its own form.
    if (error instanceof SyntaxError) return { message: body.slice(0, 200) };
    throw error;
  }
}

/** An answer of the API server that is not a success, with its own sentence. */
export class ApiError extends Error {
  readonly code: number;
  /** Such as AlreadyExists, Conflict, Expired; or NameConflict, where an object of ours would be somebody else's. */
  readonly reason: string;
  readonly isNamespaceTerminating: boolean;
  /** The server's sentence alone, without what was asked of it. */
  readonly detail: string;
  /** What the server asks for; undefined where it asks for nothing. */
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

/** Whether the server answered with that code. */
export function isApiError(error: unknown, code: number): error is ApiError {
  return error instanceof ApiError && error.code === code;
}
