import type { FailureReason } from '../../api/reasons.ts';
import { ConnectError, StoreError } from '../store-error.ts';

const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EPIPE', 'ECONNABORTED'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EHOSTDOWN', 'PROTOCOL_CONNECTION_LOST'],
]);

/** OpenSSL's errors for a certificate as Node names them, and a driver's own codes. */
const tlsCodes =
  /^(HANDSHAKE_NO_SSL_SUPPORT|HANDSHAKE_SSL_ERROR|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA|EPROTO)/;

/** The code of an error of the driver, the server or Node. */
export const codeOf = (error: unknown): string => (error as { code?: string } | undefined)?.code ?? '';

/** One driver's and one server's errors. */
interface Errors {
  /** Undefined for an error of this program. */
  readonly reasonOf: (error: Error) => FailureReason | undefined;
  /** Errors without a code in the driver. */
  readonly driverMessages: readonly (readonly [RegExp, FailureReason])[];
  /** The server's message without the parts that may quote a session. */
  readonly wordsOf: (error: Error) => string;
  /** Advice for errors without advice in their message. */
  readonly advice: { readonly [Reason in FailureReason]?: string };
}

const commonAdvice: Errors['advice'] = {
  DatabaseMissing: 'create the database, or correct its name',
  TlsFailed: 'check sslmode, ca.crt, tls.crt and tls.key, and the name in the server’s certificate',
};

export function storeErrorsOf({ reasonOf, driverMessages, wordsOf, advice }: Errors) {
  function reasonFor(error: Error): FailureReason | undefined {
    const code = codeOf(error);
    if (networkCodes.has(code)) return 'ConnectionFailed';
    if (tlsCodes.test(code)) return 'TlsFailed';
    return reasonOf(error) ?? driverMessages.find(([pattern]) => pattern.test(error.message))?.[1];
  }

  /**
   * A driver's error as a StoreError with the attempted operation at the start of its message. An unexpected error (a
   * bug in this program) is returned unchanged.
   */
  function storeErrorOf(error: unknown, doing: string): unknown {
    if (!(error instanceof Error) || error instanceof StoreError) return error;
    const [first = error] = error instanceof AggregateError ? (error.errors as Error[]) : [error];
    const reason = reasonFor(first);
    if (!reason) return error;
    const what = [wordsOf(first), advice[reason] ?? commonAdvice[reason] ?? []].flat().join('; ');
    return new StoreError(reason, `${doing}: ${what}`, { cause: error });
  }

  /** The StoreError for an error from before the login. */
  function connectErrorOf(error: unknown, doing: string): unknown {
    const told = storeErrorOf(error, doing);
    return told instanceof StoreError
      ? new ConnectError(told.reason, told.message, { cause: told.cause })
      : told;
  }

  return { storeErrorOf, connectErrorOf };
}
