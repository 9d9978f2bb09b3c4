import type { Reporter, TestModule } from 'vitest/node';

/** Ends the suite with one plain line: `N passed, N failed`. */
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
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed\n`);
  }
}
