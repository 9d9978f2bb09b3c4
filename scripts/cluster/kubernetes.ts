import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, symlink } from 'node:fs/promises';
import path from 'node:path';
import { goBuild } from './go-program.ts';
import { withLock } from './lock.ts';
import { cacheDirectory, inputHash } from './paths.ts';
import { step } from './run.ts';

const source = path.join(import.meta.dirname, 'kubernetes');
const inputs = ['main.go', 'dns.go', 'go.mod', 'go.sum'].map((name) => path.join(source, name));
/** The one program, and the names by which it is called. */
const program = 'kubernetes';
const commands = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'coredns',
  'kubectl',
];

/**
 * The directory of the programs of Kubernetes, etcd and CoreDNS, and of kubectl; the first time they are built from their
 * published Go modules, which takes minutes. Any number of processes may ask at once: one of them builds.
 */
export async function kubernetesPrograms(): Promise<string> {
  const directory = programsDirectory();
  if (!existsSync(path.join(directory, program))) {
    await mkdir(directory, { recursive: true });
    await step(`Kubernetes ${version()} from its Go modules (once, some minutes)`, () => build(directory));
  }
  for (const command of commands) await symlink(program, path.join(directory, command)).catch(unlessItExists);
  return directory;
}

/** Where they are, or will be. */
export const programsDirectory = (): string => path.join(cacheDirectory, `kubernetes-${inputHash(inputs)}`);

async function build(directory: string): Promise<void> {
  const [major, minor] = version().split('.');
  const stamp = { gitVersion: `v${version()}`, gitMajor: major, gitMinor: minor };
  const link = Object.entries(stamp).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  const target = path.join(directory, program);
  await withLock(`${directory}.lock`, async () => {
    if (existsSync(target)) return;
    await goBuild(source, `${target}.partial`, ['.'], { link });
    await rename(`${target}.partial`, target);
  });
}

/** The version of Kubernetes, without a `v`; go.mod is where it is decided. */
function version(): string {
  const found = /k8s\.io\/kubernetes v([0-9.]+)/.exec(readFileSync(path.join(source, 'go.mod'), 'utf8'))?.[1];
  if (found === undefined) throw new Error(`Expected ${source}/go.mod to require k8s.io/kubernetes`);
  return found;
}

function unlessItExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
