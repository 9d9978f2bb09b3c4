const codes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['EPIPE', 'ECONNABORTED', 'EPROTO'],
  ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
]);

/** True if a connection failed, or its TLS. */
export function isNetworkError(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && (codes.has(code) || /^ERR_(SSL|TLS|PROXY)_/.test(code));
}

/** The message; that of each address where Node tried several. */
export const networkMessage = (error: Error): string =>
  error instanceof AggregateError && !error.message
    ? error.errors.map(({ message }: Error) => message).join(', ')
    : error.message;
