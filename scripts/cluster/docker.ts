import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { assertRunning, endDaemons } from './daemon.ts';
import { insideNamespaces, startInNamespaces } from './namespaces.ts';
import { stateDirectory } from './paths.ts';
import { run, until } from './run.ts';

/** A docker engine, and how to speak to it. */
export type Docker = (...args: readonly string[]) => Promise<string>;

const directory = path.join(stateDirectory, 'docker');

/**
 * Does something with a docker engine: the one that serves this machine, if there is one; else one of our own
 * that is started for it and ended after it. `docker.io` need only be installed, not run.
 */
export async function withDocker<T>(action: (docker: Docker) => Promise<T>): Promise<T> {
  const machine: Docker = (...args) => run('docker', args, { env: classicBuilder });
  const machineHasOne = await machine('version').then(
    () => true,
    () => false,
  );
  if (machineHasOne) return action(machine);
  await endDaemons(directory);
  await mkdir(directory, { recursive: true });
  const id = await startInNamespaces('docker', [], { directory, outlivesUs: false });
  const own: Docker = (...args) => {
    const [command = 'nsenter', ...rest] = insideNamespaces('docker', directory, 'docker', ...args);
    return run(command, rest, { env: { ...classicBuilder, DOCKER_HOST: 'unix:///run/docker.sock' } });
  };
  try {
    await until('docker to answer', 120_000, () => {
      assertRunning('docker', id, directory);
      return own('version');
    });
    return await action(own);
  } finally {
    await endDaemons(directory);
  }
}

// Debian's engine comes without the plugin that the newer builder needs.
const classicBuilder = { ...process.env, DOCKER_BUILDKIT: '0' };
