import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { apiVersion, kind } from '../../src/api/group.ts';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { ApiClient, createNamespace, serverOf, storePath, until, untilCondition } from '../api-client.ts';

const execute = promisify(execFile);

/** The cluster with the operator in it, as global-setup.ts left it. */
export interface Platform {
  readonly api: ApiClient;
  /** How kubectl is called. */
  readonly kubectlCommand: readonly string[];
  /** Runs kubectl, with `input` on its standard input. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
}

/** A namespace of a test's own; every password that is used in it is remembered, to be looked for at the end. */
export interface Namespace {
  readonly name: string;
  secret(name: string, values: Readonly<Record<string, string>>): Promise<void>;
  store(name: string, spec: SessionStoreSpec): Promise<void>;
  change(name: string, patch: unknown): Promise<void>;
  /** Waits for a condition of the store. */
  becomes(name: string, type: string, status: string, reason?: string): Promise<SessionStoreResource>;
  read(name: string): Promise<SessionStoreResource>;
  /** Begins to remove it with all that is in it. */
  remove(): Promise<unknown>;
  isGone(): Promise<unknown>;
}

export async function connectPlatform(kubeconfig: string, kubectlPath: string): Promise<Platform> {
  const api = new ApiClient(await serverOf(kubeconfig));
  return {
    api,
    kubectlCommand: [kubectlPath, '--kubeconfig', kubeconfig],
    kubectl: async (args, input) => {
      const running = execute(kubectlPath, ['--kubeconfig', kubeconfig, ...args], {
        maxBuffer: 64 * 1024 * 1024,
      });
      running.child.stdin?.end(input);
      return (await running).stdout;
    },
  };
}

/** Limits of a probe that holds on a busy machine; Kubernetes' own give an answer a second. */
export const patientProbe = { periodSeconds: 3, timeoutSeconds: 20, failureThreshold: 30 };

/** A new namespace; its name says which test it is of. Other files make theirs at the same time. */
export async function newNamespace(
  platform: Platform,
  prefix: string,
  labels?: Record<string, string>,
): Promise<Namespace> {
  const name = `${prefix}-${randomUUID().slice(0, 8)}`;
  await createNamespace(platform.api, name, labels);
  await untilUsable(platform, name);
  return namespaceOf(platform, name);
}

/** Until pods can be made in it. */
export async function untilUsable({ api }: Platform, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await until('the default service account', async () => (await api.request('GET', path)).status === 200);
}

/** A namespace that is there. */
export function namespaceOf({ api }: Platform, name: string): Namespace {
  const path = `/api/v1/namespaces/${name}`;
  return {
    name,
    secret: async (secret, stringData) => {
      const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret }, stringData };
      const path = `/api/v1/namespaces/${name}/secrets/${secret}?fieldManager=test&force=true`;
      await api.must('PATCH', path, body, 'application/apply-patch+yaml');
    },
    store: (store, spec) =>
      api.must('POST', storePath(name), { apiVersion, kind, metadata: { name: store }, spec }),
    change: (store, patch) => api.merge(storePath(name, store), patch),
    // Two runs of a CronJob may have to pass, and a set-up between them.
    becomes: (store, type, status, reason) =>
      untilCondition(
        api,
        { namespace: name, name: store },
        { type, status, ...(reason && { reason }) },
        180_000,
      ),
    read: (store) => api.must('GET', storePath(name, store)),
    remove: () => api.must('DELETE', path),
    isGone: () =>
      until(
        `namespace ${name} to be gone`,
        async () => (await api.request('GET', path)).status === 404,
        120_000,
      ),
  };
}

/** The message of a store's condition. */
export function messageOf(store: SessionStoreResource, type = 'Ready'): string {
  return store.status?.conditions?.find((condition) => condition.type === type)?.message ?? '';
}

/**
 * Everything of a namespace that anybody but a reader of Secrets could see: objects, events, logs of pods, and the
 * operator's own log. For tests that it contains no secret.
 */
export async function everythingVisible({ kubectl }: Platform, namespace: string): Promise<string> {
  const kinds = 'sessionstores,jobs,cronjobs,pods,events,events.events.k8s.io';
  const objects = await kubectl(['get', kinds, '-n', namespace, '-o', 'yaml']);
  const selected = ['-l', 'app.kubernetes.io/name=session-store', '--tail=-1', '--prefix'];
  // A pod that goes between kubectl's list and its read is an error of kubectl's.
  const { logs } = await until('the logs of all pods that are there', async () => ({
    logs: await kubectl(['logs', '-n', namespace, ...selected]),
  }));
  const operator = await kubectl([
    'logs',
    '-n',
    'session-store-system',
    'deployment/session-store-operator',
    '--tail=-1',
  ]);
  return [objects, logs, operator].join('\n');
}
