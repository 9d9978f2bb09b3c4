import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from './run.ts';

/** The parts of a cluster that speak to its API server, by the user each is there. */
const users = {
  admin: 'system:masters',
  'system:kube-controller-manager': '',
  'system:kube-scheduler': '',
  'system:kube-proxy': '',
  'system:node:node': 'system:nodes',
  // There is no built-in role for it.
  'system:coredns': 'system:masters',
} as const;

/** Users that can sign in at the API server of a created cluster. */
export type User = keyof typeof users;

/** Credentials of one cluster. */
export interface Credentials {
  /** The certificate authority, in PEM: it signed the API server's certificate. */
  readonly ca: string;
  readonly tokens: Readonly<Record<User, string>>;
}

/**
 * Creates all secret files that a cluster needs in the directory: `ca.crt`, `serving.{crt,key}`,
 * `kubelet-client.{crt,key}`, `service-account.key` and `tokens.csv`.
 * @param addresses of the API server, in addition to loopback and the cluster's own names
 */
export async function writeCredentials(
  directory: string,
  addresses: readonly string[],
): Promise<Credentials> {
  await certificate(directory, 'ca', 'keyUsage=critical,keyCertSign');
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost'];
  const alternatives = [
    ...names.map((name) => `DNS:${name}`),
    ...['127.0.0.1', ...addresses].map((ip) => `IP:${ip}`),
  ];
  await Promise.all([
    certificate(directory, 'serving', `subjectAltName=${alternatives}`, 'ca'),
    certificate(directory, 'kubelet-client', 'extendedKeyUsage=clientAuth', 'ca'),
  ]);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await secret(
    directory,
    'service-account.key',
    privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
  );
  const tokens = Object.fromEntries(
    Object.keys(users).map((user) => [user, randomBytes(24).toString('hex')]),
  );
  const lines = Object.entries(users).map(([user, group]) => `${tokens[user]},${user},${user},"${group}"\n`);
  await secret(directory, 'tokens.csv', lines.join(''));
  return {
    ca: await readFile(path.join(directory, 'ca.crt'), 'utf8'),
    tokens: tokens as Record<User, string>,
  };
}

/** Makes `<name>.crt` and `<name>.key`, signed by `<issuer>.crt` or, without one, by itself. */
async function certificate(
  directory: string,
  name: string,
  extension: string,
  issuer?: string,
): Promise<void> {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-noenc',
    '-keyout',
    `${name}.key`,
  ];
  const signer = issuer === undefined ? [] : ['-CA', `${issuer}.crt`, '-CAkey', `${issuer}.key`];
  const about = ['-subj', `/CN=session-store-test-${name}`, '-days', '3650', '-addext', extension];
  await run('openssl', ['req', '-x509', ...key, ...about, ...signer, '-out', `${name}.crt`], {
    cwd: directory,
  });
}

async function secret(directory: string, name: string, content: string): Promise<void> {
  await writeFile(path.join(directory, name), content, { mode: 0o600 });
}
