import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HopelessError, until } from './run.ts';

/** A process by its id and its start (clock ticks since boot), which together identify it permanently. */
export interface ProcessId {
  readonly pid: number;
  readonly startTime: string;
}

/** A program that is to keep running; its log and its process's id are files beside each other. */
export interface Daemon {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Where it runs, and where `<name>.log` (appended to) and `<name>.pid` are. */
  readonly directory: string;
  /** Whether it goes on when the process that starts it ends; otherwise the kernel kills it then. */
  readonly outlivesUs: boolean;
}

/** Starts the program and gives its id, which is recorded; that it runs is not yet that it is ready. */
export function startDaemon({ name, command, args, directory, outlivesUs }: Daemon): ProcessId {
  const log = openSync(path.join(directory, `${name}.log`), 'a');
  const tie = outlivesUs ? [] : ['setpriv', '--pdeathsig', 'KILL'];
  const [program = command, ...rest] = [...tie, command, ...args];
  const child = spawn(program, rest, { cwd: directory, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  child.on('error', () => undefined).unref();
  const id = child.pid === undefined ? undefined : processId(child.pid);
  if (id === undefined) throw new Error(`Cannot start ${program}. Is it installed? Run: make prepare`);
  writeFileSync(path.join(directory, `${name}.pid`), JSON.stringify(id));
  return id;
}

/** Ends, with force, every process that is recorded in the directory; processes and directory may be missing. */
export async function endDaemons(directory: string): Promise<void> {
  await Promise.all(recordedIn(directory).map((id) => endProcess(id)));
}

/** Whether at least one process is recorded in the directory and all that are still run. */
export function allRunning(directory: string): boolean {
  const ids = recordedIn(directory);
  return ids.length > 0 && ids.every(isRunning);
}

/** The process that was started by this name in the directory, if it still runs. */
export function recordOf(name: string, directory: string): ProcessId | undefined {
  return recordsIn(path.join(directory, `${name}.pid`)).find(isRunning);
}

function recordedIn(directory: string): readonly ProcessId[] {
  const records = (ifThere(() => readdirSync(directory)) ?? []).filter((name) => name.endsWith('.pid'));
  return records.flatMap((name) => recordsIn(path.join(directory, name)));
}

function recordsIn(file: string): readonly ProcessId[] {
  return parseRecord(ifThere(() => readFileSync(file, 'utf8')) ?? '');
}

/** Another process may remove an abandoned directory meanwhile. */
function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A record that a crash cut short names no process. */
function parseRecord(text: string): readonly ProcessId[] {
  try {
    const { pid, startTime } = JSON.parse(text) as Partial<ProcessId>;
    return typeof pid === 'number' && typeof startTime === 'string' ? [{ pid, startTime }] : [];
  } catch {
    return [];
  }
}

/** The identity of the process that has this id now, if there is one. */
export function processId(pid: number): ProcessId | undefined {
  const stat = statOf(pid);
  return stat === undefined ? undefined : { pid, startTime: stat.startTime };
}

/** Whether this very process still runs: not another that was given its number, and not a zombie. */
export function isRunning(id: ProcessId): boolean {
  const stat = statOf(id.pid);
  return stat !== undefined && stat.startTime === id.startTime && stat.state !== 'Z';
}

/** Ends the process, with force after `graceMs` (0: at once), and waits until it is gone. */
export async function endProcess(id: ProcessId, graceMs = 0): Promise<void> {
  if (graceMs > 0 && signal(id, 'SIGTERM')) {
    await until(`process ${id.pid} to end`, graceMs, () => !isRunning(id)).catch(() => undefined);
  }
  signal(id, 'SIGKILL');
  await until(`process ${id.pid} to be gone`, 60_000, () => !isRunning(id));
}

/** Throws, with the end of its log, when the process is no longer running: for use while waiting for it. */
export function assertRunning(name: string, id: ProcessId, directory: string): void {
  if (isRunning(id)) return;
  const log = path.join(directory, `${name}.log`);
  const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
  throw new HopelessError(`${name} has ended; its log, ${log}, ends with:\n${tail}`);
}

function signal(id: ProcessId, name: NodeJS.Signals): boolean {
  if (!isRunning(id)) return false;
  try {
    return process.kill(id.pid, name);
  } catch {
    return false; // It ended between the look and the signal.
  }
}

function statOf(pid: number): { readonly state: string; readonly startTime: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which may itself hold both.
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, startTime: fields[18] ?? '' };
  } catch {
    return undefined;
  }
}
