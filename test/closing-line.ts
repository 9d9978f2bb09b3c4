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
  /** By file, how many loads were sampled before its first test. */
  readonly #starts = new Map<string, number>();
  /** By file, how many times as long as alone its tests took, by the load meanwhile. */
  readonly #slowdowns = new Map<string, number>();
  #sampling: NodeJS.Timeout | undefined;

  onTestRunStart(): void {
    this.#sampling = setInterval(() => this.#loads.push(loadavg()[0] ?? 0), 5000).unref();
  }

  onTestModuleStart({ moduleId }: TestModule): void {
    this.#starts.set(moduleId, this.#loads.length);
  }

  onTestModuleEnd({ moduleId }: TestModule): void {
    this.#slowdowns.set(moduleId, slowdownBy(this.#loads.slice(this.#starts.get(moduleId))));
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
    const overall = slowdownBy(this.#loads);
    const times = modules.map((module) => timeOf(module, this.#slowdowns.get(module.moduleId) ?? 1, overall));
    const overlong = times.filter(isOverlong);
    // It lets races go on as long as one wants.
    if (overlong.length > 0 && process.env['RACE_SECONDS'] === undefined) {
      count.failed += overlong.length;
      process.exitCode = 1;
    }
    process.stdout.write(
      `${slowestOf(times)}${failedIn(modules)}\n${count.passed} passed, ${count.failed} failed\n`,
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
  /** The most that it may take at the load that it met. */
  readonly most: number;
}

/**
 * The time of a file's own tests and hooks; a wait in a set-up file does not count. The load of the whole run counts as
 * well, as the system's mean of a minute says little of a file of seconds.
 */
const timeOf = (module: TestModule, slowdown: number, overall: number): FileTime => ({
  file: module.relativeModuleId,
  seconds: module.diagnostic().duration / 1000,
  most: longest * Math.max(slowdown, overall),
});

const isOverlong = ({ seconds, most }: FileTime): boolean => seconds > most;

/** How many times as long everything takes when more processes run, ours or others, than there are processors. */
function slowdownBy(loads: readonly number[]): number {
  const mean = loads.reduce((sum, load) => sum + load, 0) / Math.max(loads.length, 1);
  return Math.max(1, mean / availableParallelism());
}

function slowestOf(times: readonly FileTime[]): string {
  const longestFirst = times.toSorted((a, b) => b.seconds - a.seconds);
  const shown = [...longestFirst.slice(0, slowest), ...longestFirst.slice(slowest).filter(isOverlong)];
  const lines = shown.map((time) => {
    const verdict = isOverlong(time) ? ', which is too long: split it' : '';
    return `${time.seconds.toFixed(1).padStart(7)} s of ${time.most.toFixed(0)}  ${time.file}${verdict}\n`;
  });
  return `\nThe files that took longest, and the most that each may take at the load it met:\n${lines.join('')}`;
}
