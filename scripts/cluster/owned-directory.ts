import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { endDaemons, isRunning, processId } from './daemon.ts';
import { stateDirectory } from './paths.ts';

const defaultParent = path.join(stateDirectory, 'temporary');

/**
 * A new directory named after the process that owns it, for files that end with that process.
 * Directories of processes that are gone, and what they left running, are cleared away first.
 */
export async function newOwnedDirectory(parent = defaultParent): Promise<string> {
  await mkdir(parent, { recursive: true });
  await removeAbandonedDirectories(parent);
  const self = processId(process.pid);
  return mkdtemp(path.join(parent, `${process.pid}-${self?.startTime}-`));
}

/** Ends what is recorded in the directory, and removes it. */
export async function removeOwnedDirectory(directory: string): Promise<void> {
  await endDaemons(directory);
  await rm(directory, { recursive: true, force: true });
}

/** Clears the directories of processes that are gone; a test or benchmark that runs keeps its own. */
export async function removeAbandonedDirectories(parent = defaultParent): Promise<void> {
  if (!existsSync(parent)) return;
  for (const name of await readdir(parent)) {
    if (!isOwned(name)) await removeOwnedDirectory(path.join(parent, name));
  }
}

function isOwned(name: string): boolean {
  const [pid, startTime = ''] = name.split('-');
  return isRunning({ pid: Number(pid), startTime });
}
