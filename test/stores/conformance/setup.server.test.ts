import { expect, test } from 'vitest';
import { fingerprintOf, mostSpentTokens } from '../../../src/api/spent-tokens.ts';
import type { SetupReport } from '../../../src/runner/result.ts';
import type { SetupOptions } from '../../../src/stores/session-store.ts';
import { onEveryStore, owner, reasonOf, type Stand, sessionsOf } from './fixture.ts';
import type { Place } from './subject.ts';

/** Other owners, and what each asks for. */
const strangers: readonly Pick<SetupOptions, 'owner' | 'ifExists'>[] = [
  { owner: { ...owner, name: 'other' }, ifExists: 'Adopt' },
  { owner: { ...owner, namespace: 'other' }, ifExists: 'Fail' },
  { owner: { ...owner, installation: 'other' }, ifExists: 'Overwrite' },
  { owner: { ...owner, namespace: 'other' }, ifExists: 'Overwrite' },
];

onEveryStore((stand) => {
  test('what is not there is Created, then Verified; what was saved meanwhile stays', async () => {
    const place = await stand.place();
    expect(await setUp(stand, place)).toMatchObject({ outcome: 'Created', marked: true });
    await save(stand, place);
    expect(await setUp(stand, place)).toMatchObject({ outcome: 'Verified', marked: true });
    expect(await sessionsIn(stand, place)).toEqual(saved);
  });

  test('what another program made is Adopted with its sessions, then Verified', async () => {
    const place = await stand.place();
    await place.makeUnmarked();
    expect(await setUp(stand, place, place.adopting)).toMatchObject({ outcome: 'Adopted', marked: true });
    await save(stand, place);
    expect(await setUp(stand, place)).toMatchObject({ outcome: 'Verified' });
    expect(await sessionsIn(stand, place)).toEqual(saved);
  });

  test('Fail finds its own work, and refuses anybody else’s', async () => {
    const mine = await stand.place();
    expect(await setUp(stand, mine, { ifExists: 'Fail' })).toMatchObject({ outcome: 'Created' });
    expect(await setUp(stand, mine, { ifExists: 'Fail' })).toMatchObject({ outcome: 'Verified' });
    const theirs = await stand.place();
    await theirs.makeUnmarked();
    expect(await reasonOf(setUp(stand, theirs, { ifExists: 'Fail' }))).toBe('AlreadyExists');
  });

  test('Overwrite works once per token, and never with one that is known to be spent', async () => {
    const place = await stand.readyPlace();
    const overwrite = (overwriteToken: string, more: Partial<SetupOptions> = {}) =>
      setUp(stand, place, { ifExists: 'Overwrite', overwriteToken, ...more });
    await save(stand, place);
    expect(await overwrite('one')).toMatchObject({ outcome: 'Overwritten', overwriteToken: 'one' });
    expect(await sessionsIn(stand, place)).toEqual({});
    await save(stand, place);
    expect(await overwrite('one')).toMatchObject({ outcome: 'Verified' });
    expect(await overwrite('two', spent('two'))).toMatchObject({ outcome: 'Verified' });
    expect(await sessionsIn(stand, place)).toEqual(saved);
    expect(await overwrite('three')).toMatchObject({ outcome: 'Overwritten', overwriteToken: 'three' });
    expect(await sessionsIn(stand, place)).toEqual({});
  });

  test('every token that was ever spent stays spent, whichever of status and mark is lost', async () => {
    const place = await stand.readyPlace();
    const overwrite = async (overwriteToken: string, more: Partial<SetupOptions> = {}) => {
      const { outcome, spentTokens } = await setUp(stand, place, {
        ...{ ...place.adopting, ifExists: 'Overwrite', overwriteToken },
        ...more,
      });
      return [outcome, spentTokens];
    };
    const one = spent('release-1').spentTokens;
    const both = spent('release-1', 'release-2');
    expect(await overwrite('release-1')).toEqual(['Overwritten', one]);
    expect(await overwrite('release-2')).toEqual(['Overwritten', both.spentTokens]);
    await save(stand, place);
    expect(await overwrite('release-1')).toEqual(['Verified', both.spentTokens]);
    await place.loseMark();
    expect(await overwrite('release-1', both)).toEqual(['Adopted', both.spentTokens]);
    expect(await overwrite('release-1')).toEqual(['Verified', both.spentTokens]);
    // A mark that came back from a backup is completed by what status knows.
    expect(await overwrite('release-0', spent('release-0'))).toEqual(['Verified', expect.anything()]);
    expect(await overwrite('release-0')).toEqual(['Verified', expect.arrayContaining([...both.spentTokens])]);
    expect(await sessionsIn(stand, place)).toEqual(saved);
  });

  test('a token is spent by the store that it first made', async () => {
    const place = await stand.place();
    const overwrite = { ifExists: 'Overwrite', overwriteToken: 'one' } as const;
    expect(await setUp(stand, place, overwrite)).toMatchObject({ outcome: 'Created', ...spent('one') });
    await save(stand, place);
    expect(await setUp(stand, place, overwrite)).toMatchObject({ outcome: 'Verified', ...spent('one') });
    expect(await sessionsIn(stand, place)).toEqual(saved);
  });

  test('an overwrite whose token could not be remembered is refused; those before it stay spent', async () => {
    const place = await stand.readyPlace();
    await save(stand, place);
    const tokens = Array.from({ length: mostSpentTokens }, (_, number) => `release-${number}`);
    const overwrite = (overwriteToken: string, more: Partial<SetupOptions> = {}) =>
      setUp(stand, place, { ifExists: 'Overwrite', overwriteToken, ...more });
    expect(await reasonOf(overwrite('one more', spent(...tokens)))).toBe('InvalidInput');
    expect(await overwrite('release-63', spent(...tokens))).toMatchObject({ outcome: 'Verified' });
    expect(await overwrite('release-0')).toMatchObject({ outcome: 'Verified', ...spent(...tokens) });
    expect(await reasonOf(overwrite('one more'))).toBe('InvalidInput');
    expect(await sessionsIn(stand, place)).toEqual(saved);
  });

  test('Overwrite leaves what is no store of sessions, however it is asked', async () => {
    const place = await stand.place();
    await place.makeUnlike();
    const before = await place.unlike();
    for (const options of [{}, { migrate: true }, { createIndex: true }]) {
      const error = await setUp(stand, place, {
        ...options,
        ifExists: 'Overwrite',
        overwriteToken: 'x',
      }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        reason: 'ShapeMismatch',
        message: expect.stringMatching(/not made by this SessionStore.*[Nn]ame another/s),
      });
    }
    expect(await place.unlike()).toEqual(before);
  });

  test('an owner whose mark could not be read again, or an overwrite without a token, is refused: nothing is made', async () => {
    const place = await stand.place();
    const long = { ...owner, name: 'n'.repeat(45) };
    expect(await reasonOf(setUp(stand, place, { owner: long }))).toBe('InvalidInput');
    expect(await reasonOf(setUp(stand, place, { ifExists: 'Overwrite' }))).toBe('InvalidInput');
    expect(await setUp(stand, place)).toMatchObject({ outcome: 'Created' });
  });

  test.each(['made', 'adopted'])(
    'a store that another owner %s is a Conflict, whatever is asked',
    async (how) => {
      const place = await stand.place();
      if (how === 'adopted') await place.makeUnmarked();
      await setUp(stand, place, place.adopting);
      await save(stand, place);
      for (const stranger of strangers) {
        const error = await setUp(stand, place, { ...stranger, overwriteToken: 'x' }).catch(
          (thrown: unknown) => thrown,
        );
        expect(error).toMatchObject({
          reason: 'Conflict',
          message: expect.stringMatching(/shop\/web.*Deleting a SessionStore leaves its store and its mark/),
        });
      }
      await using store = stand.store(place);
      for (const { owner: other } of strangers) {
        const cleaned = store.deleteOldSessions({ owner: other, marked: false, ageSeconds: 0 });
        expect(await reasonOf(cleaned)).toBe('Conflict');
      }
      expect(await sessionsOf(store)).toEqual(saved);
    },
  );

  test('of two owners who set up one store at once exactly one gets it', async () => {
    for (const isThere of [false, true]) {
      const place = await stand.place();
      if (isThere) await place.makeUnmarked();
      const names = ['web', 'other'];
      const setUps = names.map((name) =>
        persistently(() => setUp(stand, place, { ...place.adopting, owner: { ...owner, name } })),
      );
      const ends = (await Promise.all(setUps)).map(String).sort();
      expect(ends).toEqual(['Conflict', isThere ? 'Adopted' : 'Created'].sort());
    }
  });

  test('what no set-up claimed, or whose mark is gone, is not cleaned until set-up runs', async () => {
    const place = await stand.place();
    await place.makeUnmarked();
    const clean = async () => {
      await using store = stand.store(place);
      return await reasonOf(store.deleteOldSessions({ owner, ageSeconds: 0 }));
    };
    expect(await clean()).toBe('StoreMissing');
    await setUp(stand, place, place.adopting);
    await save(stand, place);
    await place.loseMark();
    expect(await clean()).toBe('StoreMissing');
    expect(await sessionsIn(stand, place)).toEqual(saved);
    expect(await setUp(stand, place, place.adopting)).toMatchObject({ outcome: 'Adopted', marked: true });
    expect(await clean()).toMatchObject({ result: { complete: true } });
  });
});

async function setUp(stand: Stand, place: Place, options: Partial<SetupOptions> = {}) {
  await using store = stand.store(place);
  return await store.setup({ owner, ifExists: 'Adopt', ...options });
}

const spent = (...tokens: readonly string[]) => ({ spentTokens: tokens.map(fingerprintOf) });

// Pickles, as what is adopted has to be.
/** The outcome or the reason that it comes to, as a Job does: tried again where the reason may pass. */
async function persistently(work: () => Promise<SetupReport>): Promise<unknown> {
  for (let tries = 0; tries < 20; tries += 1) {
    const end = await reasonOf(work().then(({ outcome }) => outcome));
    if (end !== 'LockTimeout' && end !== 'VolumeBusy' && end !== 'ServerUnavailable')
      return typeof end === 'string' ? end : (end as { result: string }).result;
  }
  return 'never';
}

const saved = { a: '\x80\x04N.', b: '\x80\x04\x88.' };

async function save(stand: Stand, place: Place): Promise<void> {
  await using store = stand.store(place);
  for (const [id, payload] of Object.entries(saved))
    await store.saveSession(id, Buffer.from(payload, 'latin1'));
}

async function sessionsIn(stand: Stand, place: Place) {
  await using store = stand.store(place);
  return await sessionsOf(store);
}
