import { expect, test } from 'vitest';
import type { SetupReport } from '../../../src/api/runner-result.ts';
import { fingerprintOf, mostSpentTokens } from '../../../src/api/spent-tokens.ts';
import type { SessionStore, SetupOptions } from '../../../src/stores/session-store.ts';
import { onEveryStore, owner, reasonOf, type StoreFixture, sessionsOf } from './fixture.ts';
import type { Location } from './store-kind.ts';

/** Other owners, and what each asks for. */
const strangers: readonly Pick<SetupOptions, 'owner' | 'ifExists'>[] = [
  { owner: { ...owner, name: 'other' }, ifExists: 'Adopt' },
  { owner: { ...owner, namespace: 'other' }, ifExists: 'Fail' },
  { owner: { ...owner, installation: 'other' }, ifExists: 'Overwrite' },
  { owner: { ...owner, namespace: 'other' }, ifExists: 'Overwrite' },
];

onEveryStore((fixture) => {
  test('a missing store is Created, then Verified; sessions that were saved in between stay', async () => {
    const location = await fixture.location();
    expect(await setUp(fixture, location)).toMatchObject({ outcome: 'Created', marked: true });
    await save(fixture, location);
    expect(await setUp(fixture, location)).toMatchObject({ outcome: 'Verified', marked: true });
    expect(await sessionsIn(fixture, location)).toEqual(saved);
  });

  test('a store of another program is Adopted with its sessions, then Verified', async () => {
    const location = await fixture.location();
    await location.makeUnmarked();
    expect(await setUp(fixture, location, location.adopting)).toMatchObject({
      outcome: 'Adopted',
      marked: true,
    });
    await save(fixture, location);
    expect(await setUp(fixture, location)).toMatchObject({ outcome: 'Verified' });
    expect(await sessionsIn(fixture, location)).toEqual(saved);
  });

  test('Fail finds its own work, and refuses anybody else’s', async () => {
    const mine = await fixture.location();
    expect(await setUp(fixture, mine, { ifExists: 'Fail' })).toMatchObject({ outcome: 'Created' });
    expect(await setUp(fixture, mine, { ifExists: 'Fail' })).toMatchObject({ outcome: 'Verified' });
    const theirs = await fixture.location();
    await theirs.makeUnmarked();
    expect(await reasonOf(setUp(fixture, theirs, { ifExists: 'Fail' }))).toBe('AlreadyExists');
  });

  test('Overwrite works once per token, and never with one that is known to be spent', async () => {
    const location = await fixture.readyLocation();
    const overwrite = (overwriteToken: string, more: Partial<SetupOptions> = {}) =>
      setUp(fixture, location, { ifExists: 'Overwrite', overwriteToken, ...more });
    await save(fixture, location);
    expect(await overwrite('one')).toMatchObject({ outcome: 'Overwritten', overwriteToken: 'one' });
    expect(await sessionsIn(fixture, location)).toEqual({});
    await save(fixture, location);
    expect(await overwrite('one')).toMatchObject({ outcome: 'Verified' });
    expect(await overwrite('two', spent('two'))).toMatchObject({ outcome: 'Verified' });
    expect(await sessionsIn(fixture, location)).toEqual(saved);
    expect(await overwrite('three')).toMatchObject({ outcome: 'Overwritten', overwriteToken: 'three' });
    expect(await sessionsIn(fixture, location)).toEqual({});
  });

  test('every token that was ever spent stays spent, whichever of status and mark is lost', async () => {
    const location = await fixture.location();
    const overwriteOn =
      (store: SessionStore) =>
      async (overwriteToken: string, more: Partial<SetupOptions> = {}) => {
        const asked = {
          ...location.adopting,
          owner,
          ifExists: 'Overwrite',
          overwriteToken,
          ...more,
        } as const;
        const { outcome, spentTokens } = await store.setup(asked);
        return [outcome, spentTokens];
      };
    const one = spent('release-1').spentTokens;
    const both = spent('release-1', 'release-2');
    {
      await using store = fixture.store(location);
      const overwrite = overwriteOn(store);
      await store.setup({ owner, ifExists: 'Adopt' });
      expect(await overwrite('release-1')).toEqual(['Overwritten', one]);
      expect(await overwrite('release-2')).toEqual(['Overwritten', both.spentTokens]);
      await saveIn(store);
      expect(await overwrite('release-1')).toEqual(['Verified', both.spentTokens]);
    }
    await location.loseMark();
    await using store = fixture.store(location);
    const overwrite = overwriteOn(store);
    expect(await overwrite('release-1', both)).toEqual(['Adopted', both.spentTokens]);
    expect(await overwrite('release-1')).toEqual(['Verified', both.spentTokens]);
    // A mark that came back from a backup is completed by what status knows.
    expect(await overwrite('release-0', spent('release-0'))).toEqual(['Verified', expect.anything()]);
    expect(await overwrite('release-0')).toEqual(['Verified', expect.arrayContaining([...both.spentTokens])]);
    expect(await sessionsOf(store)).toEqual(saved);
  });

  test('a token is spent by the store that it first made', async () => {
    await using store = fixture.store(await fixture.location());
    const overwrite = { owner, ifExists: 'Overwrite', overwriteToken: 'one' } as const;
    expect(await store.setup(overwrite)).toMatchObject({ outcome: 'Created', ...spent('one') });
    await saveIn(store);
    expect(await store.setup(overwrite)).toMatchObject({ outcome: 'Verified', ...spent('one') });
    expect(await sessionsOf(store)).toEqual(saved);
  });

  test('an overwrite whose token could not be remembered is refused; those before it stay spent', async () => {
    await using store = fixture.store(await fixture.location());
    await store.setup({ owner, ifExists: 'Adopt' });
    await saveIn(store);
    const tokens = Array.from({ length: mostSpentTokens }, (_, number) => `release-${number}`);
    const overwrite = (overwriteToken: string, more: Partial<SetupOptions> = {}) =>
      store.setup({ owner, ifExists: 'Overwrite', overwriteToken, ...more });
    expect(await reasonOf(overwrite('one more', spent(...tokens)))).toBe('InvalidInput');
    expect(await overwrite('release-63', spent(...tokens))).toMatchObject({ outcome: 'Verified' });
    expect(await overwrite('release-0')).toMatchObject({ outcome: 'Verified', ...spent(...tokens) });
    expect(await reasonOf(overwrite('one more'))).toBe('InvalidInput');
    expect(await sessionsOf(store)).toEqual(saved);
  });

  test('Overwrite leaves what is no store of sessions, however it is asked', async () => {
    const location = await fixture.location();
    await location.makeUnlike();
    const before = await location.unlike();
    for (const migrate of [false, true]) {
      const error = await setUp(fixture, location, {
        migrate,
        ifExists: 'Overwrite',
        overwriteToken: 'x',
      }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        reason: 'ShapeMismatch',
        message: expect.stringMatching(/not made by this SessionStore.*[Nn]ame another/s),
      });
    }
    expect(await location.unlike()).toEqual(before);
  });

  test('an owner whose mark could not be read again, or an overwrite without a token, is refused: nothing is made', async () => {
    const location = await fixture.location();
    const long = { ...owner, name: 'n'.repeat(45) };
    expect(await reasonOf(setUp(fixture, location, { owner: long }))).toBe('InvalidInput');
    expect(await reasonOf(setUp(fixture, location, { ifExists: 'Overwrite' }))).toBe('InvalidInput');
    expect(await setUp(fixture, location)).toMatchObject({ outcome: 'Created' });
  });

  test.each(['made', 'adopted'])(
    'a store that another owner %s is a Conflict, whatever is asked',
    async (how) => {
      const location = await fixture.location();
      if (how === 'adopted') await location.makeUnmarked();
      await using store = fixture.store(location);
      await store.setup({ owner, ifExists: 'Adopt', ...location.adopting });
      await saveIn(store);
      for (const stranger of strangers) {
        const error = await store
          .setup({ ...stranger, overwriteToken: 'x' })
          .catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({
          reason: 'Conflict',
          message: expect.stringMatching(/shop\/web.*Deleting a SessionStore leaves its store and its mark/),
        });
      }
      for (const { owner: other } of strangers) {
        const cleaned = store.deleteOldSessions({ owner: other, marked: false, ageSeconds: 0 });
        expect(await reasonOf(cleaned)).toBe('Conflict');
      }
      expect(await sessionsOf(store)).toEqual(saved);
    },
  );

  test('of two owners who set up one store at once exactly one gets it', async () => {
    for (const isThere of [false, true]) {
      const location = await fixture.location();
      if (isThere) await location.makeUnmarked();
      const names = ['web', 'other'];
      const setUps = names.map((name) =>
        persistently(() => setUp(fixture, location, { ...location.adopting, owner: { ...owner, name } })),
      );
      const ends = (await Promise.all(setUps)).map(String).sort();
      expect(ends).toEqual(['Conflict', isThere ? 'Adopted' : 'Created'].sort());
    }
  });

  test('a store without a mark, or with a lost one, is not cleaned until set-up runs', async () => {
    const location = await fixture.location();
    await location.makeUnmarked();
    const clean = (store: SessionStore) => reasonOf(store.deleteOldSessions({ owner, ageSeconds: 0 }));
    const adopt = { owner, ifExists: 'Adopt', ...location.adopting } as const;
    {
      await using store = fixture.store(location);
      expect(await clean(store)).toBe('StoreMissing');
      await store.setup(adopt);
      await saveIn(store);
    }
    await location.loseMark();
    await using store = fixture.store(location);
    expect(await clean(store)).toBe('StoreMissing');
    expect(await sessionsOf(store)).toEqual(saved);
    expect(await store.setup(adopt)).toMatchObject({ outcome: 'Adopted', marked: true });
    expect(await clean(store)).toMatchObject({ result: { complete: true } });
  });
});

async function setUp(fixture: StoreFixture, location: Location, options: Partial<SetupOptions> = {}) {
  await using store = fixture.store(location);
  return await store.setup({ owner, ifExists: 'Adopt', ...options });
}

const spent = (...tokens: readonly string[]) => ({ spentTokens: tokens.map(fingerprintOf) });

/** The outcome or the reason that it comes to, as a Job does: tried again, for a minute, where the reason may pass. */
async function persistently(work: () => Promise<SetupReport>): Promise<unknown> {
  for (const end = performance.now() + 60_000; performance.now() < end; ) {
    const came = await reasonOf(work().then(({ outcome }) => outcome));
    if (came !== 'LockTimeout' && came !== 'VolumeBusy' && came !== 'ServerUnavailable')
      return typeof came === 'string' ? came : (came as { result: string }).result;
  }
  return 'never';
}

// Pickles, as what is adopted has to be.
const saved = { a: '\x80\x04N.', b: '\x80\x04\x88.' };

async function saveIn(store: SessionStore): Promise<void> {
  for (const [id, payload] of Object.entries(saved))
    await store.saveSession(id, Buffer.from(payload, 'latin1'));
}

async function save(fixture: StoreFixture, location: Location): Promise<void> {
  await using store = fixture.store(location);
  await saveIn(store);
}

async function sessionsIn(fixture: StoreFixture, location: Location) {
  await using store = fixture.store(location);
  return await sessionsOf(store);
}
