import { expect, test, vi } from 'vitest';
import { parseRunnerArgs, resultPathOf } from '../../src/runner/args.ts';

const owner = { installation: 'cluster-1', namespace: 'shop', name: 'web' };
const postgres = { connection: { secretName: 'shop-db' } };
const directory = { claimName: 'sessions', path: 'web' };
const store = (parts: object) => ['--store', JSON.stringify({ owner, store: parts })];
const reasonOf = (args: readonly string[]): unknown => {
  try {
    return parseRunnerArgs(args);
  } catch (error) {
    const { reason, message } = error as { reason: string; message: string };
    return `${reason}: ${message}`;
  }
};

test('the command line says the store and where Secret and volume are mounted', () => {
  const args = [...store({ backend: { postgres } }), '--connection', '/c', '--deadline-seconds', '600'];
  expect(parseRunnerArgs(args)).toEqual({
    input: { owner, store: { backend: { postgres } } },
    connectionPath: '/c',
    volumePath: '/volume',
    deadlineSeconds: 600,
  });
});

test.each<[string, readonly string[], RegExp]>([
  ['no store', [], /^InvalidInput: Expected --store JSON/],
  ['a store that is no JSON', ['--store', '{'], /^InvalidInput: Expected --store to be JSON/],
  ['an unknown layout', store({ backend: { postgres }, layout: 'nope' }), /^InvalidInput: .*store\.layout/s],
  ['no backend', store({ backend: {} }), /^InvalidInput: .*exactly one backend/],
  ['two backends', store({ backend: { postgres, directory } }), /^InvalidInput: .*exactly one backend/],
  [
    'a layout that the backend does not have',
    store({ backend: { directory }, layout: 'connect-pg-simple' }),
    /^InvalidInput: The layout connect-pg-simple has no form for directory/,
  ],
  ['an unknown flag', ['--frobnicate'], /^InvalidInput: Unknown option '--frobnicate'/],
  ['an invalid deadline', [...store({ backend: { postgres } }), '--deadline-seconds', '1h'], /^InvalidInput/],
])('%s is InvalidInput', (_name, args, words) => {
  expect(reasonOf(args)).toEqual(expect.stringMatching(words));
});

test('where the result goes is known even if nothing else is', () => {
  expect(resultPathOf(['--frobnicate', '--result', '/r'])).toBe('/r');
  expect(resultPathOf(['--store'])).toBeUndefined();
});

test('an input is checked without compiling its schema, which takes longer than the check', () => {
  const compiled = vi.spyOn(globalThis, 'Function');
  parseRunnerArgs(store({ backend: { directory }, cleanup: { unmodifiedFor: '1h' } }));
  expect(compiled).not.toHaveBeenCalled();
  compiled.mockRestore();
});
