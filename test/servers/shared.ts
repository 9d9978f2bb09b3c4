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
  postgresAt(await addressOf('postgres'), await newFolder());

/** The MySQL or MariaDB of all files. */
export const sharedMysql = async (flavour: Flavour): Promise<TestMysql> =>
  mysqlAt({ flavour, ...(await addressOf(flavour)) }, await newFolder());

const newFolder = () => mkdtemp(join(tmpdir(), 'shared-'));

async function addressOf(name: SharedName): Promise<Pick<TestPostgres, 'host' | 'port' | 'superuser'>> {
  const response = await fetch(`${inject('sharedServers')}/${name}`);
  const body = (await response.json()) as Awaited<ReturnType<typeof addressOf>> & { error?: string };
  if (body.error !== undefined) throw new Error(`The shared ${name} did not start: ${body.error}`);
  return body;
}
