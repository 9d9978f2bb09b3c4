import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { SharedName } from './global-setup.ts';
import { type Flavour, mysqlAt, type TestMysql } from './mysql.ts';
import { postgresAt, type TestPostgres } from './postgres.ts';

// A test which changes a server's settings, stops it, or counts what all do on it, starts one of its own.

const ours = randomBytes(4).toString('hex');

let count = 0;

/** A name for a role or database that no other test of any file has. */
export const unique = (name: string): string => `${name}_${ours}_${++count}`;

/** The PostgreSQL of all files; disposing of it removes the databases that this file made. */
export const sharedPostgres = async (): Promise<TestPostgres> =>
  postgresAt(await addressOf<ServerAddress>('postgres'), await newFolder());

/** The MySQL or MariaDB of all files. */
export const sharedMysql = async (flavour: Flavour): Promise<TestMysql> =>
  mysqlAt({ flavour, ...(await addressOf<ServerAddress>(flavour)) }, await newFolder());

const newFolder = () => mkdtemp(join(tmpdir(), 'shared-'));

type ServerAddress = Pick<TestPostgres, 'host' | 'port' | 'superuser'>;

let main: Promise<string> | undefined;

/** The path of the bundled program. */
export function sharedProgram(): Promise<string> {
  main ??= addressOf<{ main: string }>('program').then((address) => address.main);
  return main;
}

async function addressOf<Address>(name: SharedName): Promise<Address> {
  const response = await fetch(`${inject('sharedServers')}/${name}`);
  const body = (await response.json()) as Address & { error?: string };
  if (body.error !== undefined) throw new Error(`The shared ${name} cannot be had: ${body.error}`);
  return body;
}
