import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { startMysql } from './mysql.ts';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where files ask for the servers that they share. */
    sharedServers: string;
  }
}

const starters = {
  postgres: startPostgres,
  mysql: () => startMysql('mysql'),
  mariadb: () => startMysql('mariadb'),
} as const;

export type SharedName = keyof typeof starters;

/** Starts a server of each kind when a file first asks for it; they end with the run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = new Map<string, ReturnType<(typeof starters)[SharedName]>>();
  const addressOf = async (name: SharedName): Promise<object> => {
    const running = started.get(name) ?? starters[name]();
    started.set(name, running);
    const { host, port, superuser } = await running;
    return { host, port, superuser };
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
  project.provide('sharedServers', `http://127.0.0.1:${(desk.address() as AddressInfo).port}`);
  return async () => {
    desk.close();
    for (const running of started.values()) await (await running)[Symbol.asyncDispose]();
  };
}
