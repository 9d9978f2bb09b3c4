import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const openssl = (...args: readonly string[]) => run('openssl', args);
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of a test's own. */
export interface CertificateAuthority {
  readonly certificate: string;
  /** Issues a certificate; `names` are subjectAltNames such as `DNS:localhost`. */
  issue(commonName: string, names?: readonly string[]): Promise<Certificate>;
}

/** Makes a certificate authority with openssl; its files are in the folder. */
export async function certificateAuthority(folder: string, name = 'ca'): Promise<CertificateAuthority> {
  const [caKey, caCertificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    caKey,
    '-out',
    caCertificate,
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
  );
  const issue = async (commonName: string, names: readonly string[] = []): Promise<Certificate> => {
    const [key, request, extensions] = ['key', 'csr', 'ext'].map((end) =>
      join(folder, `${name}-${commonName}.${end}`),
    ) as [string, string, string];
    await openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${commonName}`);
    await writeFile(extensions, names.length > 0 ? `subjectAltName=${names.join(',')}\n` : '');
    const issued = await openssl(
      ...['x509', '-req', '-in', request, '-CA', caCertificate, '-CAkey', caKey, '-CAcreateserial'],
      ...['-days', '20', '-extfile', extensions],
    );
    return { certificate: issued.stdout, key: await readFile(key, 'utf8') };
  };
  return { certificate: await readFile(caCertificate, 'utf8'), issue };
}
