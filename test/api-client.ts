import { readFile } from 'node:fs/promises';
import { Agent, fetch } from 'undici';
import { parse, parseAllDocuments } from 'yaml';
import { until as untilAnswered } from '../scripts/cluster/run.ts';
import { group, plural, version } from '../src/api/group.ts';
import type { KubeObject } from '../src/api/kubernetes.ts';
import type { SessionStoreResource } from '../src/api/session-store-resource.ts';

interface Server {
  readonly server: string;
  readonly token: string;
  readonly ca: string;
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever the API server answers
  readonly body: any;
}

/** The address of a server and a user's credentials, from a kubeconfig that holds all three inline. */
export async function serverOf(kubeconfig: string): Promise<Server> {
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8'));
  const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
  return { server, ca: Buffer.from(ca, 'base64').toString(), token: users[0].user.token };
}

/** Asks an API server as a test does: plain JSON, every answer looked at. */
export class ApiClient {
  readonly #server: Server;
  readonly #dispatcher: Agent;

  constructor(server: Server) {
    this.#server = server;
    this.#dispatcher = new Agent({ connect: { ca: server.ca } });
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<Answer> {
    const response = await fetch(this.#server.server + path, {
      method,
      dispatcher: this.#dispatcher,
      headers: { authorization: `Bearer ${this.#server.token}`, 'content-type': contentType },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  }

  /** As request, and any answer but a 2xx is an error with the server's own sentence. */
  async must(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer['body']> {
    const answer = await this.request(method, path, body, contentType);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body?.message ?? answer.body}`);
    }
    return answer.body;
  }

  merge(path: string, patch: unknown): Promise<Answer['body']> {
    return this.must('PATCH', path, patch, 'application/merge-patch+json');
  }

  close(): Promise<void> {
    return this.#dispatcher.close();
  }
}

/** The path of a namespace's SessionStores, or of one of them. */
export const storePath = (namespace: string, name?: string): string =>
  `/apis/${group}/${version}/namespaces/${namespace}/${plural}${name ? `/${name}` : ''}`;

export const jobPath = (namespace: string, name?: string): string =>
  `/apis/batch/v1/namespaces/${namespace}/jobs${name ? `/${name}` : ''}`;

export const cronJobPath = (namespace: string, name?: string): string =>
  `/apis/batch/v1/namespaces/${namespace}/cronjobs${name ? `/${name}` : ''}`;

export async function createNamespace(
  api: ApiClient,
  name: string,
  labels: Record<string, string> = {},
): Promise<void> {
  await api.must('POST', '/api/v1/namespaces', { metadata: { name, labels } });
}

/** Every document of a YAML file. */
export async function readManifests(path: string): Promise<readonly KubeObject[]> {
  return parseAllDocuments(await readFile(path, 'utf8')).map((document) => document.toJS() as KubeObject);
}

/** Installs the CRD and waits until the API server serves it. */
export async function installCrd(api: ApiClient): Promise<void> {
  const [crd] = await readManifests('crds/sessionstore.dev_sessionstores.yaml');
  if (!crd) throw new Error('Expected a CRD in crds/');
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const { status, body } = await api.request('POST', path, crd);
  if (status !== 201 && status !== 409) throw new Error(`the CRD was refused: ${body.message}`);
  await until(
    'the CRD to be served',
    async () => (await api.request('GET', storePath('default'))).status === 200,
  );
}

/** Longer than anything takes, also on a machine that does much else. */
const patienceMs = 100_000;

/** Waits until a condition holds; what is thrown on the way is the reason given when it never does. */
export const until = <T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  timeoutMs = patienceMs,
): Promise<T> => untilAnswered(what, timeoutMs, async () => (await condition()) || undefined);

/** Waits for a store's condition, and says what the store's conditions were where it does not come. */
export async function untilCondition(
  api: ApiClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  expected: { readonly type: string; readonly status?: string; readonly reason?: string },
  timeoutMs = patienceMs,
): Promise<SessionStoreResource> {
  let last: SessionStoreResource | undefined;
  try {
    return await until(
      `${namespace}/${name} to have ${JSON.stringify(expected)}`,
      async () => {
        last = (await api.must('GET', storePath(namespace, name))) as SessionStoreResource;
        const found = last.status?.conditions?.find(({ type }) => type === expected.type);
        const isCurrent = found?.observedGeneration === last.metadata.generation;
        const fits = (key: 'status' | 'reason') =>
          expected[key] === undefined || found?.[key] === expected[key];
        return isCurrent && fits('status') && fits('reason') ? last : undefined;
      },
      timeoutMs,
    );
  } catch (error) {
    throw new Error(
      `${(error as Error).message}; it has ${JSON.stringify(last?.status?.conditions, undefined, 1)}`,
      { cause: error },
    );
  }
}
