import type { Reporter, TestModule } from 'vitest/node';

const slowest = 10;

/** Ends the suite with the files that took longest, and one plain line: `N passed, N failed`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      count.passed += tests.filter((test) => test.result().state === 'passed').length;
      const failed = tests.filter((test) => test.result().state === 'failed').length;
      // A file that cannot be loaded, or whose hooks fail, has failed though no test of it did.
      count.failed += failed > 0 || module.state() !== 'failed' ? failed : 1;
    }
    process.stdout.write(`${slowestOf(modules)}\n${count.passed} passed, ${count.failed} failed\n`);
  }
}

function slowestOf(modules: readonly TestModule[]): string {
  const times = modules.map((module) => ({
    file: module.relativeModuleId,
    seconds: module.diagnostic().duration / 1000,
  }));
  const lines = times
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, slowest)
    .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}\n`);
  return `\nThe files that took longest:\n${lines.join('')}`;
}
