import { credentialsIn } from '../../src/runner/credentials.ts';
import { failureOf } from '../../src/runner/failure.ts';
import { connectionKeys } from '../../src/stores/connection/connection-values.ts';

type Extra = Readonly<Record<string, string | undefined>>;

/** Mistakes in a Secret that put its password under a key where it does not belong, each with its name. */
export function misplaced(
  scheme: string,
  password: string,
  port: number,
): readonly (readonly [string, Extra])[] {
  const uriOf = (rest: string) => ({ uri: `${scheme}://${rest}` });
  return [
    ...connectionKeys.map((key) => [key, { [key]: password }] as const),
    ['another password', { password: `${password}x` }],
    ['a uri under host', { host: `${scheme}://app:${password}@127.0.0.1:${port}/shop` }],
    ['user:password@host under host', { host: `app:${password}@127.0.0.1` }],
    ['an unknown host', { host: `${password}.invalid` }],
    ['a user with it', { username: `app:${password}` }],
    ['the name of a file of it', { database: `${password}/shop` }],
    ['the user of a uri', uriOf(`${password}:x@127.0.0.1:${port}/shop`)],
    ['the host of a uri', uriOf(`app:x@${password}:${port}/shop`)],
    ['the port of a uri', uriOf(`app:x@127.0.0.1:${password}/shop`)],
    ['the database of a uri', uriOf(`app:${password}@127.0.0.1:${port}/${password}`)],
    ['a parameter of a uri', uriOf(`app:x@127.0.0.1:${port}/shop?${password}`)],
    ['the value of a parameter', uriOf(`app:x@127.0.0.1:${port}/shop?sslmode=${password}`)],
    ['a uri without its @', uriOf(`app:${password}127.0.0.1:${port}/shop`)],
    ['a uri of something else', { uri: `http://app:${password}@127.0.0.1/` }],
    ['TLS that the server does not have', { sslmode: 'require' }],
    ['no server', { port: '1' }],
  ];
}

/** A run's failure and stack for the error of this work, as one text; empty if it does not fail. */
export async function toldOf(work: () => Promise<unknown>, folder: string): Promise<string> {
  try {
    await work();
    return '';
  } catch (error) {
    const { failure, stack = '' } = failureOf(error, await credentialsIn(folder));
    return `${failure.reason}: ${failure.message}\n${stack}`;
  }
}
