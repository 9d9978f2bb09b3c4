import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../scripts/cluster/free-port.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { run } from '../../scripts/cluster/run.ts';
import { until } from '../api-client.ts';

/** The state from which upgrades are tried: the last one without a command line for people. */
const previousCommit = '0ae64b50d42864392ab22c40fd395acd7f19bf3e';

/** False in a clone without that commit, such as a shallow one. */
export function hasPrevious(): boolean {
  try {
    execFileSync('git', ['cat-file', '-e', `${previousCommit}^{commit}`], {
      cwd: repository,
      stdio: 'ignore',
    });
    return true;
  } catch {
    process.stderr.write(
      `Tests of upgrades are skipped: this clone lacks commit ${previousCommit}, from which they start; git fetch --unshallow\n`,
    );
    return false;
  }
}

/** A version of the project: its sources, and the image that its operator gives to Jobs. */
export interface Version {
  readonly folder: string;
  readonly image: string;
}

export const current: Version = { folder: repository, image: 'session-store-operator:current' };

/** The sources of the earlier commit in a folder of their own, with the packages of this checkout. */
export async function previousVersion(): Promise<Version & AsyncDisposable> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'session-store-previous-'));
  const archive = `git archive ${previousCommit} package.json src crds | tar --extract --directory=${folder}`;
  await run('bash', ['-o', 'pipefail', '-c', archive], { cwd: repository });
  await symlink(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'));
  return {
    folder,
    image: 'session-store-operator:previous',
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

export interface OperatorProcess {
  /** Waits until the operator has reconciled all that it knows of. */
  isIdle(): Promise<void>;
  /** Ends it as an upgrade does. */
  stop(): Promise<void>;
}

/** The operator of a version as a process. */
export async function startOperatorOf(
  { folder, image }: Version,
  kubeconfig: string,
): Promise<OperatorProcess> {
  const [health, metrics] = [await freePort(), await freePort()];
  const args = [`--runner-image=${image}`, `--health-port=${health}`, `--metrics-port=${metrics}`];
  // A failed set-up is not retried while the test runs.
  const patience = ['--retry-min=3600', '--retry-max=3600'];
  const child = spawn('node', ['src/main.ts', 'operator', ...args, ...patience, '--leader-elect=false'], {
    cwd: folder,
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
  const ended = once(child, 'exit');
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  const get = (port: number, url: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${url}`);
  const isReady = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`the operator ended: ${log}`);
    return (await get(health, '/readyz')).ok;
  };
  await until(`the operator of ${image} to be ready`, isReady);
  const figure = async (name: string): Promise<number> => {
    const text = await (await get(metrics, '/metrics')).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  let [quiet, seen] = [0, 0];
  const isQuiet = async (): Promise<boolean> => {
    const total = await figure('controller_runtime_reconcile_total');
    const busy = (await figure('workqueue_depth')) + (await figure('controller_runtime_active_workers'));
    quiet = total > 0 && total === seen && busy === 0 ? quiet + 1 : 0;
    seen = total;
    // Events of its own last writes arrive within these requests.
    return quiet >= 20;
  };
  return {
    isIdle: async () => {
      quiet = 0;
      await until(`the operator of ${image} to be idle`, isQuiet);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
