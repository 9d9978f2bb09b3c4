import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { helmProgram } from '../../scripts/cluster/helm.ts';
import { kubernetesPrograms } from '../../scripts/cluster/kubernetes.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { run } from '../../scripts/cluster/run.ts';
import { apiVersion, kind } from '../../src/api/group.ts';
import type { Pod } from '../../src/api/kubernetes.ts';
import { taskLabel } from '../../src/state/labels.ts';
import { ApiClient, storePath, until } from '../api-client.ts';
import { cleanupResult, postgresSpec, setupResult } from '../builders.ts';
import { endPod, jobNameLabel } from '../operator/kubelet.ts';
import { unscheduled } from '../operator/loop.ts';
import { type RunningOperator, startOperator } from '../operator/run-operator.ts';
import { sharedProgram } from '../servers/shared.ts';

/** Namespaces that pages name. */
const namespaces = ['shop', 'wiki', 'argocd'];
/** The SessionStores that pages assume to exist. */
const assumed = [
  ['default', 'shop'],
  ['shop', 'web'],
] as const;

/**
 * A person who reads a page in a folder with this repository's files and a release, and types what it says. The
 * cluster is a control plane with the operator; every run succeeds at once.
 */
export class Reader {
  readonly folder: string;
  readonly #plane: ControlPlane;
  readonly #api: ApiClient;
  readonly #operator: RunningOperator;
  readonly #path: string;
  readonly #closing = new AbortController();
  readonly #runs: Promise<void>;

  private constructor(
    folder: string,
    plane: ControlPlane,
    api: ApiClient,
    operator: RunningOperator,
    PATH: string,
  ) {
    this.folder = folder;
    this.#plane = plane;
    this.#api = api;
    this.#operator = operator;
    this.#path = PATH;
    this.#runs = this.#endRuns();
  }

  static async start(): Promise<Reader> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'session-store-reader-'));
    const tools = await makeTools(folder);
    for (const name of ['deploy', 'crds'])
      await symlink(path.join(repository, name), path.join(folder, name));
    const env = { ...process.env, REGISTRY: 'registry.example/platform' };
    await run('node', ['scripts/release.ts', path.join(folder, 'dist-release')], { cwd: repository, env });
    const plane = await startControlPlane(unscheduled);
    const api = new ApiClient(plane);
    const kubectl = path.join(tools, 'kubectl');
    const manifest = path.join(folder, 'dist-release/install.yaml');
    const applied = { env: { ...process.env, KUBECONFIG: plane.kubeconfig } };
    await run(kubectl, ['apply', '--server-side', `--filename=${manifest}`], applied);
    await until(
      'the CRD to be served',
      async () => (await api.request('GET', storePath('default'))).status === 200,
    );
    for (const name of namespaces) await run(kubectl, ['create', 'namespace', name], applied);
    return new Reader(
      folder,
      plane,
      api,
      await startOperator(plane.kubeconfig),
      `${tools}:${process.env['PATH']}`,
    );
  }

  /** Writes a file into the folder. */
  write(name: string, text: string): Promise<void> {
    return writeFile(path.join(this.folder, name), text);
  }

  /** Types commands into a shell; fails with their error if one of them fails. */
  async type(commands: string): Promise<string> {
    const env = { ...process.env, PATH: this.#path, KUBECONFIG: this.#plane.kubeconfig };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], {
      cwd: this.folder,
      env,
    });
    return stdout;
  }

  /** Makes the SessionStores that pages assume, and waits until they have their CronJobs. */
  async prepare(): Promise<void> {
    for (const [namespace, name] of assumed)
      await this.#api.must('POST', storePath(namespace), {
        apiVersion,
        kind,
        metadata: { name },
        spec: postgresSpec,
      });
    for (const [namespace, name] of assumed)
      await this.type(`kubectl wait -n ${namespace} sessionstore/${name} --for=condition=Ready --timeout=3m`);
  }

  /** Removes what a page has made. */
  async tidy(): Promise<void> {
    for (const namespace of ['default', 'shop'])
      await this.type(
        `kubectl delete sessionstores,cronjobs,jobs,deployments,services,secrets --all -n ${namespace} --wait`,
      );
  }

  async stop(): Promise<void> {
    this.#closing.abort();
    await this.#runs;
    await this.#operator.stop();
    await this.#api.close();
    await this.#plane.stop();
    await rm(this.folder, { recursive: true });
  }

  /** Ends the pod of each run with success, as a node would. */
  async #endRuns(): Promise<void> {
    const selector = `labelSelector=${jobNameLabel}&fieldSelector=status.phase=Pending`;
    while (!this.#closing.signal.aborted) {
      const pods = await this.#api.must('GET', `/api/v1/pods?${selector}`).catch(noneIfUnanswered);
      for (const { metadata } of pods.items as Pod[]) {
        const { namespace = '', name, labels } = metadata;
        const result = labels?.[taskLabel] === 'setup' ? setupResult() : cleanupResult();
        // The page may delete the Job, and its pod, in this moment.
        await endPod(this.#api, { namespace, name }, 0, result).catch(() => undefined);
      }
      await delay(100);
    }
  }
}

/** No pods where a connection broke: the next look asks again. Throws any other error. */
function noneIfUnanswered(error: unknown): { readonly items: readonly Pod[] } {
  if (error instanceof TypeError) return { items: [] };
  throw error;
}

/** A folder with kubectl, this project's command line, and Helm, which renders a release but does not install it: tests of the chart do. */
async function makeTools(folder: string): Promise<string> {
  const tools = path.join(folder, '.tools');
  await mkdir(tools);
  await symlink(path.join(await kubernetesPrograms(), 'kubernetes'), path.join(tools, 'kubectl'));
  const scripts = {
    helm: `exec ${await helmProgram('v4')} "$@" --dry-run=client`,
    sessionstore: `exec node ${await sharedProgram()} "$@"`,
  };
  for (const [name, command] of Object.entries(scripts)) {
    await writeFile(path.join(tools, name), `#!/bin/bash\n${command}\n`);
    await chmod(path.join(tools, name), 0o755);
  }
  return tools;
}
