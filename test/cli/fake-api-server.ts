import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** As much of an API server as a command asks for: the first pattern that fits a URL answers. */
export type Answers = readonly (readonly [
  pattern: RegExp,
  answer: (url: string, response: ServerResponse) => unknown,
])[];

export interface FakeApiServer {
  /** The path of a kubeconfig with namespace `shop`; there from the first test on. */
  readonly kubeconfig: string;
  /** The URLs that were asked for. */
  readonly asked: readonly string[];
}

/** A server of a file of tests. An answer is sent as JSON, a text as it is; undefined is sent by the answer itself. */
export function useFakeApiServer(answers: Answers): FakeApiServer {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    const found = answers.find(([pattern]) => pattern.test(url));
    if (!found) return void response.writeHead(404).end('{}');
    const answer = found[1](url, response);
    if (answer !== undefined) response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    return undefined;
  });
  const fake = { kubeconfig: '', asked };
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    fake.kubeconfig = path.join(await mkdtemp(path.join(tmpdir(), 'fake-')), 'kubeconfig');
    const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster }],
      users: [{ name: 'test', user: { token: 'none' } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'shop' } }],
    };
    await writeFile(fake.kubeconfig, JSON.stringify(config));
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(path.dirname(fake.kubeconfig), { recursive: true });
  });
  return fake;
}
