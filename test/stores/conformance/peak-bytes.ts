import { readFile } from 'node:fs/promises';

/**
 * The most memory that a process has had, in bytes. Not maxRSS, which counts what the process that forked this one had.
 */
export async function peakBytes(pid: number | string = 'self'): Promise<number> {
  const [, kilobytes = '0'] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
