import { availableParallelism, loadavg } from 'node:os';
import type { Reporter, TestModule } from 'vitest/node';

const slowest = 10;

/**
 * Seconds that a file may take if each of its processes has a processor of its own; one that takes longer is to be
 * split.
 */
const longest = 60;

/**
 * Ends the suite with the files that took longest, the tests that failed, and one plain line: `N passed, N failed`. A file that takes too long
 * fails.
 */
export default class ClosingLine implements Reporter {
  readonly #loads: number[] = [];
  #sampling: NodeJS.Timeout | undefined;

  onTestRunStart(): void {
    this.#sampling = setInterval(() => this.#loads.push(loadavg()[0] ?? 0), 5000).unref();
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      count.passed += tests.filter((test) => test.result().state === 'passed').length;
      const failed = tests.filter((test) => test.result().state === 'failed').length;
      // A file that cannot be loaded, or with failing hooks, has failed although none of its tests did.
      count.failed += failed > 0 || module.state() !== 'failed' ? failed : 1;
    }
    clearInterval(this.#sampling);
    const times = timesOf(modules);
    const most = longest * slowdownBy(this.#loads);
    const overlong = times.filter(({ seconds }) => seconds > most);
    // It lets races go on as long as one wants.
    if (overlong.length > 0 && process.env['RACE_SECONDS'] === undefined) {
      count.failed += overlong.length;
      process.exitCode = 1;
    }
    process.stdout.write(
      `${slowestOf(times, most)}${failedIn(modules)}\n${count.passed} passed, ${count.failed} failed\n`,
    );
  }
}

/** The failed tests once more, each with the beginning of its error, where the end of a long log shows them. */
function failedIn(modules: readonly TestModule[]): string {
  const lines = modules.flatMap((module) => {
    const tests = [...module.children.allTests('failed')].map((test) => ({
      name: test.fullName,
      errors: test.result().errors ?? [],
    }));
    const hooks = module.errors().length > 0 ? [{ name: 'its hooks', errors: module.errors() }] : [];
    return [...tests, ...hooks].map(({ name, errors }) => {
      const message = errors[0]?.message.split('\n').slice(0, 8).join('\n      ').slice(0, 800) ?? '';
      return `  ${module.relativeModuleId} > ${name}\n      ${message}\n`;
    });
  });
  return lines.length > 0 ? `\nFailed:\n${lines.join('')}` : '';
}

interface FileTime {
  readonly file: string;
  readonly seconds: number;
}

/** The time of each file's own tests and hooks, longest first; a wait in a set-up file does not count. */
const timesOf = (modules: readonly TestModule[]): readonly FileTime[] =>
  modules
    .map((module) => ({ file: module.relativeModuleId, seconds: module.diagnostic().duration / 1000 }))
    .sort((a, b) => b.seconds - a.seconds);

/** How many times as long everything takes when more processes run, ours or others, than there are processors. */
function slowdownBy(loads: readonly number[]): number {
  const mean = loads.reduce((sum, load) => sum + load, 0) / Math.max(loads.length, 1);
  return Math.max(1, mean / availableParallelism());
}

function slowestOf(times: readonly FileTime[], most: number): string {
  const lines = times.slice(0, slowest).map(({ file, seconds }) => {
    const verdict = seconds > most ? ', which is too long: split it' : '';
    return `${seconds.toFixed(1).padStart(7)} s  ${file}${verdict}\n`;
  });
  return `\nThe files that took longest, of at most ${most.toFixed(0)} s at this load:\n${lines.join('')}`;
}
