import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connection, custom, customLayout, ownFiles, postgres } from './specs.ts';
import { startTrial, type Trial } from './trial.ts';

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

describe('an option that does not apply is refused', () => {
  const mysql = { backend: { mysql: { connection } } };
  const inUtc = { layoutOptions: { timeZone: 'UTC' } };
  const table = (parts: object) => ({
    ...custom,
    customLayout: { ...customLayout, table: { key: 'token', time: 'ends_at', ...parts } },
  });

  test.each<[string, unknown, string]>([
    [
      'a time zone for instants in PostgreSQL',
      { ...postgres, layout: 'tower-sessions', ...inUtc },
      'layoutOptions.timeZone does not apply to this layout on backend postgres',
    ],
    [
      'a time zone for instants in MySQL, though not in PostgreSQL',
      { ...mysql, ...inUtc },
      'layoutOptions.timeZone does not apply to this layout on backend mysql',
    ],
    [
      'a time zone for clocks that are always UTC’s',
      { ...mysql, layout: 'flask-session', ...inUtc },
      'layoutOptions.timeZone does not apply',
    ],
    [
      'a time zone for numbers of one’s own',
      { ...custom, ...inUtc },
      'layoutOptions.timeZone does not apply',
    ],
    [
      'a time zone for UTC’s clock of one’s own',
      { ...table({ zone: 'UTC' }), ...inUtc },
      'layoutOptions.timeZone does not apply',
    ],
    [
      'a clock of the application in MySQL, without its zone',
      table({ zone: 'Application' }),
      'layoutOptions.timeZone is required in MySQL',
    ],
    ['a zone and a unit', table({ zone: 'UTC', unit: 's' }), 'unit for a number: set the one that fits'],
    ['a number that means never, of a column of times', table({ never: [0] }), 'which needs unit'],
    [
      'files of a table',
      { ...custom, customLayout: { ...customLayout, files: {} } },
      'customLayout.files does not apply to backend mysql',
    ],
    [
      'columns of files',
      {
        ...ownFiles({}),
        customLayout: { means: 'expiry', files: {}, table: { key: 'token', time: 'ends_at' } },
      },
      'customLayout.table does not apply to backend directory',
    ],
    [
      'renamed columns of one’s own',
      { ...custom, layoutOptions: { columns: { a: 'b' } } },
      'applies only to',
    ],
    [
      'a lifetime of one’s own',
      { ...custom, layoutOptions: { ttl: '1h' } },
      'layoutOptions.ttl applies only',
    ],
  ])('%s', async (_what, spec, sentence) => expect(await trial.refusal(spec)).toContain(sentence));

  test.each<[string, unknown]>([
    ['the application’s zone in PostgreSQL', { ...postgres, ...inUtc }],
    ['a zone that a setting of the library names', { ...mysql, layout: 'django', ...inUtc }],
    ['the zone of a session through which UTC is written', { ...mysql, layout: 'scs', ...inUtc }],
    ['a zone for a clock of one’s own', { ...table({ zone: 'Application' }), ...inUtc }],
  ])('but %s is taken', async (_what, spec) => expect(await trial.refusal(spec)).toBeUndefined());
});

describe('a variant', () => {
  const aspnet = (backend: object = {}, variant: string | undefined = 'community') => ({
    backend: { postgres: { connection, ...backend } },
    layout: 'aspnet-cache',
    ...(variant && { layoutOptions: { variant } }),
  });

  test('of the layout is taken, with its default table written out or not', async () => {
    expect(await trial.refusal(aspnet())).toBeUndefined();
    expect(await trial.changeRefusal(aspnet(), aspnet({ table: 'cache', schema: 'public' }))).toBeUndefined();
  });

  test.each<[string, unknown, string]>([
    ['that no layout has', aspnet({}, 'microsoft'), 'Unsupported value'],
    [
      'of another layout',
      aspnet({}, 'store'),
      'layoutOptions.variant names a variant of the layout: community',
    ],
    ['of a layout without any', { ...postgres, layoutOptions: { variant: 'store' } }, 'names a variant'],
    ['of a layout of one’s own', { ...custom, layoutOptions: { variant: 'store' } }, 'names a variant'],
    [
      'for which an option does not apply',
      { ...aspnet(), layoutOptions: { variant: 'community', columns: { Id: 'id' } } },
      'layoutOptions.columns applies only to',
    ],
  ])('%s is refused', async (_what, spec, sentence) => {
    expect(await trial.refusal(spec)).toContain(sentence);
  });

  test('cannot be set, left out or changed later', async () => {
    const sentence = 'layoutOptions.variant cannot change';
    expect(await trial.changeRefusal(aspnet(), aspnet({}, ''))).toContain(sentence);
    expect(await trial.changeRefusal(aspnet({}, ''), aspnet())).toContain(sentence);
    expect(await trial.changeRefusal(aspnet(), aspnet({ table: 'other' }))).toContain(
      'backend.postgres.table cannot change',
    );
  });
});
