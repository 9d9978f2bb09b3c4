import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connection, custom, postgres } from './specs.ts';
import { startTrial, type Trial } from './trial.ts';

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

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
