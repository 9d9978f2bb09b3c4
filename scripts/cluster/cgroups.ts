import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { until } from './run.ts';

const mountPoint = '/sys/fs/cgroup';

/** Makes a control group of that name, in each hierarchy, for a kubelet to put its pods under. */
export async function makeControlGroup(name: string): Promise<void> {
  if (existsSync(path.join(mountPoint, 'cgroup.controllers'))) {
    const controllers = '+cpuset +cpu +io +memory +pids';
    await writeFile(path.join(mountPoint, 'cgroup.subtree_control'), controllers);
  }
  for (const hierarchy of hierarchies()) await mkdir(path.join(hierarchy, name), { recursive: true });
}

/** Removes it again, with all below it, as soon as the last process there is gone. */
export async function removeControlGroup(name: string): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const group = path.join(hierarchy, name);
    await until(`${group} to be empty`, 60_000, async () => {
      if (existsSync(group)) await removeTree(group);
      return true;
    });
  }
}

async function removeTree(group: string): Promise<void> {
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(path.join(group, entry.name));
  }
  await rmdir(group);
}

/** Version 2 is one hierarchy; version 1 is one folder each (some of them links to another). */
function hierarchies(): readonly string[] {
  if (existsSync(path.join(mountPoint, 'cgroup.controllers'))) return [mountPoint];
  const folders = readdirSync(mountPoint, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => path.join(mountPoint, name));
}
