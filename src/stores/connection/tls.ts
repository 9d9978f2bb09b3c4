import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { ConnectionReport } from '../../api/runner-result.ts';
import { StoreError } from '../store-error.ts';
import { type ConnectionSettings, ofSecret } from './connection-settings.ts';
import type { ConnectionSource } from './connection-values.ts';

/**
 * Checks the PEM, because a handshake would fail without naming the key; throws SecretIncomplete, or the origin's
 * error.
 */
export function checkPem(
  { ca, certificate, key }: ConnectionSettings,
  source: ConnectionSource = ofSecret,
): void {
  const { reason, value, nameOf } = source;
  const checks: [string, () => unknown][] = [];
  if (ca) checks.push(['ca.crt', () => new X509Certificate(ca)]);
  if (certificate) checks.push(['tls.crt', () => new X509Certificate(certificate)]);
  if (key) checks.push(['tls.key', () => createPrivateKey(key)]);
  for (const [name, parse] of checks) {
    try {
      parse();
    } catch {
      throw new StoreError(reason, `${value} ${nameOf(name)} is not PEM without a passphrase`);
    }
  }
  if (certificate && key && !new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) {
    throw new StoreError(reason, `${value} ${nameOf('tls.key')} does not belong to ${nameOf('tls.crt')}`);
  }
}

/** True if the server's certificate is verified; as in libpq, `require` verifies if there is a CA. */
export const isVerified = ({ tlsMode, ca }: ConnectionSettings): boolean =>
  tlsMode.startsWith('verify') || (tlsMode === 'require' && ca !== undefined);

/** Properties that a connection's socket proves: the protocol, and the certificate that expires first. */
export function tlsReport(socket: Duplex, settings: ConnectionSettings): Omit<ConnectionReport, 'server'> {
  if (!(socket instanceof TLSSocket)) return { tls: 'off' };
  const peer = socket.getPeerCertificate();
  const { certificate } = settings;
  const ends = [peer.valid_to, ...(certificate ? [new X509Certificate(certificate).validTo] : [])];
  const first = Math.min(...ends.map((end) => Date.parse(end)));
  return {
    tls: `${socket.getProtocol()} ${isVerified(settings) ? 'verified' : 'unverified'}`,
    ...(Number.isFinite(first) && { certificateExpires: new Date(first).toISOString() }),
  };
}
