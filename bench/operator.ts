/**
 * The operator against the smallest honest one of controller-runtime (bench/comparator), on a control plane alone: from N
 * SessionStores to all Ready, its CPU until the last write, its memory, and what a restart over N Ready stores
 * costs and writes. A stand-in ends Jobs and pods in the node's stead. Prints a table, with the ratios.
 *
 *   npm run build && node bench/operator.ts [N…] [--only ours|controller-runtime] [--ours COMMAND] [--idle SECONDS]
 *
 * The default is 500 stores. Root alone can run it, as both operators are started as in a pod. Compare within one
 * sitting only: the API server shares the machine's cores. `--idle` is how long the restarted operator is watched, 30
 * s by default; `--ours` is how to start ours, with a profiler for example.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type ControlPlane, startControlPlane } from '../scripts/cluster/control-plane.ts';
import { cacheDirectory, inputHash, repository } from '../scripts/cluster/paths.ts';
import { run, step } from '../scripts/cluster/run.ts';
import { ApiClient, installCrd } from '../test/api-client.ts';

/** The figures of one operator at one number of stores. */
interface Figures {
  readonly n: number;
  readonly ready: number;
  readonly perSecond: number;
  readonly cpuUntilQuiet: number;
  readonly peakMiB: number;
  readonly restartWrites: number;
  readonly restartPeakMiB: number;
  readonly restartCpu: number;
  readonly idleMiB: number;
  /** CPU seconds of the last half of the time that the restarted operator was watched. */
  readonly idleCpu: number;
}

const source = path.join(import.meta.dirname, 'comparator');

/** The directory of the two Go programs; the first time they are built from their modules, which takes minutes. */
async function comparatorPrograms(): Promise<string> {
  const files = (await readdir(source, { recursive: true })).filter((name) => /\.(go|mod|sum)$/.test(name));
  const directory = path.join(
    cacheDirectory,
    `comparator-${inputHash(files.sort().map((name) => path.join(source, name)))}`,
  );
  if (existsSync(path.join(directory, 'bench'))) return directory;
  await mkdir(directory, { recursive: true });
  await step('the comparator from its Go modules (once, some minutes)', () =>
    run('go', ['build', '-o', `${directory}/`, './operator', './bench'], { cwd: source }),
  );
  return directory;
}

const flags = '--runner-image=example.org/runner:1 --leader-elect=false --health-port=0 --metrics-port=0';

/** Our program as the image holds it, started with the Deployment's options of Node. */
async function oursCommand(): Promise<string> {
  const program = path.join(repository, 'dist/program/main.js');
  if (!existsSync(program)) throw new Error(`Expected ${program}: run "npm run build" first`);
  const deployment = await readFile(path.join(repository, 'deploy/deployment.yaml'), 'utf8');
  const options = /name: NODE_OPTIONS\s+value: (.+)/.exec(deployment)?.[1] ?? '';
  return `node ${options} ${program} operator ${flags}`;
}

/** Starts a command as in a pod: with a service account's files, which it alone sees, and no kubeconfig. */
async function inPod({ server, token, ca }: ControlPlane, folder: string, command: string): Promise<string> {
  const account = { token, 'ca.crt': ca, namespace: 'default' };
  for (const [name, text] of Object.entries(account))
    await writeFile(path.join(folder, name), text, { mode: 0o600 });
  const { hostname, port } = new URL(server);
  const mounted = '/run/secrets/kubernetes.io/serviceaccount';
  const script = `mount -t tmpfs none /run && mkdir -p ${mounted} && cp ${folder}/* ${mounted} && exec ${command}`;
  const env = `HOME=/none KUBERNETES_SERVICE_HOST=${hostname} KUBERNETES_SERVICE_PORT=${port}`;
  return `env --unset=KUBECONFIG ${env} unshare --mount sh -c '${script}'`;
}

/** Runs one operator on a control plane of its own. */
async function measure(programs: string, n: number, command: string, idle: string): Promise<Figures> {
  const controlPlane = await startControlPlane({
    // Jobs are ended by the stand-in, and no clean-up comes in between.
    controllers: '*,-job-controller,-cronjob-controller,-pod-garbage-collector-controller',
  });
  const api = new ApiClient(controlPlane);
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-operator-'));
  try {
    await installCrd(api);
    const operator = await inPod(controlPlane, folder, command);
    const { kubeconfig } = controlPlane;
    const args = ['--kubeconfig', kubeconfig, '--n', `${n}`, '--idle', `${idle}s`, '--operator', operator];
    return JSON.parse(await run(path.join(programs, 'bench'), args)) as Figures;
  } finally {
    await rm(folder, { recursive: true });
    await api.close();
    await controlPlane.stop();
  }
}

const columns: readonly (readonly [string, (of: Figures) => number, string])[] = [
  ['to all Ready', ({ perSecond }) => perSecond, '/s'],
  ['CPU until quiet', ({ cpuUntilQuiet }) => cpuUntilQuiet, ' s'],
  ['peak memory', ({ peakMiB }) => peakMiB, ' MiB'],
  ['writes at restart', ({ restartWrites }) => restartWrites, ''],
  ['CPU of a restart', ({ restartCpu }) => restartCpu, ' s'],
  ['peak of a restart', ({ restartPeakMiB }) => restartPeakMiB, ' MiB'],
  ['idle memory', ({ idleMiB }) => idleMiB, ' MiB'],
  ['CPU while idle', ({ idleCpu }) => idleCpu, ' s'],
];

const row = (cells: readonly (string | number)[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

function printRows(n: number, found: Readonly<Record<string, Figures>>): void {
  for (const [name, figures] of Object.entries(found))
    row([n, name, ...columns.map(([, of, unit]) => `${of(figures)}${unit}`)]);
  const { ours, 'controller-runtime': theirs } = found;
  if (ours && theirs)
    row([n, 'ratio', ...columns.map(([, of]) => (of(theirs) > 0 ? (of(ours) / of(theirs)).toFixed(2) : ''))]);
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    ours: { type: 'string' },
    idle: { type: 'string', default: '30' },
  },
});
const programs = await comparatorPrograms();
const operators: Readonly<Record<string, string>> = {
  'controller-runtime': path.join(programs, 'operator'),
  ours: values.ours ?? (await oursCommand()),
};
row(['stores', '', ...columns.map(([name]) => name)]);
row(['--:', '---', ...columns.map(() => '--:')]);
for (const n of positionals.length > 0 ? positionals.map(Number) : [500]) {
  const found: Record<string, Figures> = {};
  for (const [name, command] of Object.entries(operators)) {
    if (values.only !== undefined && values.only !== name) continue;
    found[name] = await step(`${n} stores, ${name}`, () => measure(programs, n, command, values.idle));
  }
  printRows(n, found);
}
