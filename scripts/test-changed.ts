/**
 * Runs the tests that a change can touch: `npm run test:changed` for what is not committed yet, `npm run test:changed main`
 * for a branch. Vitest finds the tests that import what changed; the table below has what is used without an import.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Tests start the program of a checkout, and programs of their own that import a store. */
const startersOfPrograms = [
  'test/servers/runner.ts',
  'test/operator/process.loop.test.ts',
  'test/upgrade/version.ts',
  'test/library/packed.ts',
  'test/stores/conformance/child.ts',
  'test/stores/directory/volume.ts',
];
const onCluster = 'test/e2e/platform.ts';
const inPython = [
  'scripts/cluster/venv.ts',
  'src/stores/python/process.ts',
  'scripts/cluster/python-files.ts',
];

/** Files that are used without an import, and the files that use them. */
const uses: readonly (readonly [pattern: RegExp, users: readonly string[]])[] = [
  [/^src\//, [...startersOfPrograms, onCluster]],
  [/^python\//, [...inPython, onCluster]],
  [/^test\/stores\/.*\.(?:py|mjs)$/, [...inPython, 'test/stores/postgres/time-zone.server.test.ts']],
  [/^test\/stores\/conformance\//, ['test/stores/conformance/child.ts']],
  [/^test\/stores\/directory\//, ['test/stores/directory/volume.ts']],
  [/^(?:Dockerfile$|deploy\/|scripts\/cluster\/|test\/e2e\/install\/|scripts\/bundle)/, [onCluster]],
  [/^(?:crds|deploy)\//, ['test/api-client.ts', 'test/docs.test.ts', 'test/security.test.ts']],
  [/^deploy\//, ['test/gitops/health.loop.test.ts', 'test/gitops/kustomize.loop.test.ts']],
  [/^test\/gitops\/health\//, ['test/gitops/health-program.ts']],
  [/^scripts\/cluster\/kubernetes\//, ['scripts/cluster/kubernetes.ts']],
  [
    /^(?:docs\/|[A-Z]+\.md$)/,
    ['test/docs.test.ts', 'test/docs/markdown.ts', 'test/docs/reader.ts', 'test/security.test.ts'],
  ],
  // Everything depends on them.
  [/^(?:package(?:-lock)?\.json|vitest\.config\.ts|tsconfig\.json)$/, ['test/']],
];

/** The changed files and those that stand for them where Vitest looks for imports. */
export function withUsers(changed: readonly string[]): readonly string[] {
  const users = uses.flatMap(([pattern, users]) => (changed.some((file) => pattern.test(file)) ? users : []));
  return [...new Set([...changed, ...users])];
}

function git(...args: readonly string[]): readonly string[] {
  const { stdout, stderr, status } = spawnSync('git', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}

function main(since = 'HEAD'): number {
  const [base = since] = since === 'HEAD' ? [] : git('merge-base', since, 'HEAD');
  const changed = [...git('diff', '--name-only', base), ...git('ls-files', '--others', '--exclude-standard')];
  const files = withUsers(changed);
  // A deleted file has no importers left.
  const related = files.includes('test/')
    ? []
    : ['related', '--run', ...files.filter((file) => existsSync(file))];
  if (changed.length === 0) {
    process.stdout.write(`No file has changed since ${since}.\n`);
    return 0;
  }
  const args = related.length === 0 ? ['run'] : [...related, '--passWithNoTests'];
  return spawnSync('vitest', args, { stdio: 'inherit' }).status ?? 1;
}

if (import.meta.main) process.exitCode = main(process.argv[2]);
