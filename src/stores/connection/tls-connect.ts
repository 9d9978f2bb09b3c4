import { StoreError } from '../store-error.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { isVerified } from './tls.ts';

/**
 * Connects as the TLS mode says. Under `prefer`, as in libpq: without encryption if the server has no TLS, or where
 * `clearMayDo` finds that it refused the account only because of TLS.
 */
export async function connectAsMode<Client>(
  { tlsMode }: ConnectionSettings,
  connect: (tls: boolean) => Promise<Client>,
  clearMayDo: (error: StoreError) => boolean = () => false,
): Promise<Client> {
  if (tlsMode !== 'prefer') return connect(tlsMode !== 'disable');
  try {
    return await connect(true);
  } catch (error) {
    if (error instanceof StoreError && (error.reason === 'TlsFailed' || clearMayDo(error)))
      return connect(false);
    throw error;
  }
}

/** The options of both drivers; each has its own for the server's name, which only `verify-full` checks, as in libpq. */
export function certificateOptions(settings: ConnectionSettings) {
  const { ca, certificate: cert, key } = settings;
  return {
    rejectUnauthorized: isVerified(settings),
    ...(ca && { ca }),
    ...(cert && key && { cert, key }),
  };
}
