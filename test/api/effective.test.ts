import { expect, test } from 'vitest';
import { describeStore, effectiveValues } from '../../src/api/effective.ts';
import { specProblem } from '../../src/api/spec-problem.ts';
import { directorySpec, postgresSpec } from '../builders.ts';

test('every resolved value says where it came from', () => {
  expect(effectiveValues(postgresSpec)).toEqual({
    layout: { value: 'connect-pg-simple', source: 'Spec' },
    'backend.postgres.schema': { value: 'public', source: 'Default' },
    'backend.postgres.table': { value: 'session', source: 'Layout' },
    'setup.ifExists': { value: 'Adopt', source: 'Default' },
    'cleanup.expiredFor': { value: '10m', source: 'Spec' },
    'cleanup.schedule': { value: '17 * * * *', source: 'Spec' },
    'cleanup.timeZone': { value: 'Etc/UTC', source: 'Default' },
    'cleanup.pace': { value: 'polite', source: 'Default' },
  });
});

test('a schema is the spec’s, or the layout’s, or public', () => {
  const schemaOf = (layout: 'tower-sessions' | 'scs', schema?: string) => {
    const backend = { postgres: { ...postgresSpec.backend.postgres, ...(schema && { schema }) } };
    return effectiveValues({ ...postgresSpec, layout, backend } as typeof postgresSpec)[
      'backend.postgres.schema'
    ];
  };
  expect(schemaOf('tower-sessions')).toEqual({ value: 'tower_sessions', source: 'Layout' });
  expect(schemaOf('tower-sessions', 'web')).toEqual({ value: 'web', source: 'Spec' });
  expect(schemaOf('scs')).toEqual({ value: 'public', source: 'Default' });
});

test('a store is described in one line', () => {
  expect(describeStore(postgresSpec)).toBe('postgres: table public.session');
  expect(describeStore(directorySpec)).toBe('directory: folder sessions on claim wiki');
});

test.each<[string, unknown, string | undefined]>([
  ['a good one', postgresSpec, undefined],
  ['a layout of another version', { ...postgresSpec, layout: 'of-tomorrow' }, 'spec.layout'],
  ['no backend of this version', { backend: { redis: {} } }, 'names none'],
  ['an unknown zone', { ...postgresSpec, layoutOptions: { timeZone: 'Mars/Base' } }, 'is no time zone'],
  [
    'a zone in another spelling',
    { ...postgresSpec, layoutOptions: { timeZone: 'europe/berlin' } },
    'use Europe/Berlin',
  ],
  ['no age, where a rule came later', { ...directorySpec, cleanup: {} }, 'cleanup.unmodifiedFor'],
])('a stored spec with %s is a sentence, not a crash', (_what, spec, sentence) => {
  const problem = specProblem(spec);
  if (sentence === undefined) expect(problem).toBeUndefined();
  else expect(problem).toContain(sentence);
});
