import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { bundle } from '../../scripts/bundle.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { basePython, sqliteBasePython } from '../../scripts/cluster/venv.ts';
import { type OwnMysql, startMysql } from './mysql.ts';
import { type OwnPostgres, startPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where files ask for the servers and the program that they share. */
    sharedServers: string;
  }
}

/** Where a file that asks finds something, as JSON, and how that is ended. */
interface Shared extends AsyncDisposable {
  readonly address: object;
}

const serverOf = (server: OwnMysql | OwnPostgres): Shared => {
  const { host, port, superuser } = server;
  return { address: { host, port, superuser }, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
};

/** The program as users have it, which starts faster than its sources. */
async function program(): Promise<Shared> {
  const folder = path.join(repository, `build/program-${process.pid}`);
  await bundle(folder);
  return {
    address: { main: path.join(folder, 'main.js') },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const starters = {
  postgres: async () => serverOf(await startPostgres()),
  mysql: async () => serverOf(await startMysql('mysql')),
  mariadb: async () => serverOf(await startMysql('mariadb')),
  program,
} as const satisfies Readonly<Record<string, () => Promise<Shared>>>;

export type SharedName = keyof typeof starters;

/**
 * Compiles our Python package as Python itself would: a run writes no file beside its program, so that each of several
 * hundred would compile it again, which is most of its start.
 */
async function compilePython(): Promise<void> {
  for (const python of [await basePython(), await sqliteBasePython()]) {
    const compile = ['-m', 'compileall', '-q', path.join(repository, 'python/sessionstore')];
    if (python !== undefined) await promisify(execFile)(python, compile);
  }
}

/** Where files ask, and how all that was started for them ends. */
interface Desk {
  readonly url: string;
  end(): Promise<void>;
}

/** Starts or makes each thing when a file first asks for it. */
async function openDesk(): Promise<Desk> {
  const started = new Map<string, Promise<Shared>>();
  const addressOf = async (name: SharedName): Promise<object> => {
    const running = started.get(name) ?? starters[name]();
    started.set(name, running);
    return (await running).address;
  };
  const answer = (response: ServerResponse, code: number, body: object) =>
    response.writeHead(code, { connection: 'close' }).end(JSON.stringify(body));
  const desk = createServer((request, response) => {
    addressOf((request.url ?? '').slice(1) as SharedName).then(
      (address) => answer(response, 200, address),
      (error: unknown) => answer(response, 500, { error: String(error) }),
    );
  }).listen(0, '127.0.0.1');
  await once(desk, 'listening');
  return {
    url: `http://127.0.0.1:${(desk.address() as AddressInfo).port}`,
    end: async () => {
      desk.close();
      for (const running of started.values()) await (await running)[Symbol.asyncDispose]();
    },
  };
}

/** Every kind of test but the pure one begins with it. */
const ofRun = globalThis as { sharedDesk?: Promise<Desk>; sharedEnd?: Promise<void> };

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  ofRun.sharedDesk ??= openDesk();
  const desk = await ofRun.sharedDesk;
  project.provide('sharedServers', desk.url);
  // Tests begin meanwhile, and report a Python that is missing.
  const compiled = project.name === 'stores' ? compilePython().catch(() => undefined) : undefined;
  return async () => {
    await compiled;
    ofRun.sharedEnd ??= desk.end();
    await ofRun.sharedEnd;
  };
}
