import { describe, expect, test } from 'vitest';
import { Library } from './library.ts';
import { placesOf } from './places.ts';
import { proveLibraries } from './proof.ts';
import { proofs, runtime } from './proofs/express.ts';

proveLibraries(runtime, proofs);

describe.each(['postgres', 'mysql', 'mariadb'] as const)('connect-typeorm on %s', (kind) => {
  test('a session that was destroyed goes, and no other', async () => {
    await using places = await placesOf(kind);
    const place = await places.fresh();
    await using library = await Library.start(runtime, 'Asia/Tokyo');
    const save = (id: string) => library.ask({ op: 'save', id, agoSeconds: 0, lifetimeSeconds: 3600 });
    await library.ask({ op: 'open', library: 'connect-typeorm', ...place.at });
    await library.ask({ op: 'migrate' });
    await save('stays');
    await library.ask({ op: 'open', library: 'connect-typeorm/destroyed', ...place.at });
    await save('logged-out');
    const spec = { layout: 'connect-typeorm', layoutOptions: { timeZone: 'Asia/Tokyo' } } as const;
    await using store = await place.open(spec);
    const owner = { installation: 'cluster-1', namespace: 'shop', name: 'web' };
    await store.setup({ owner, ifExists: 'Adopt' });
    const deleted = async (ageSeconds: number) =>
      (await store.deleteOldSessions({ owner, ageSeconds })).deleted;
    expect(await deleted(60)).toBe(0);
    // MySQL destroys it in this second, which has to be over.
    await expect.poll(() => deleted(0), { timeout: 60_000 }).toBe(1);
    const live = await library.ask({ op: 'live', ids: ['stays', 'logged-out'], lifetimeSeconds: 3600 });
    expect(live.ids).toEqual(['stays']);
  });
});
