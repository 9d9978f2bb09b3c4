import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Owner } from '../../../src/stores/session-store.ts';
import { Library } from '../library.ts';
import { placesOf } from '../places.ts';
import { python } from '../runtimes/python.ts';

const owner: Owner = { installation: 'cluster-1', namespace: 'shop', name: 'web' };
const countFile = '79bc207ee04a581ab2348ca1f3494e64cd0ec36128735b8c6bc85ddd8fe1938c';
const lifetimeSeconds = 3600;
const named = (name: string) => Array.from({ length: 8 }, (_, n) => `${name}-${n}`);

test.each([
  ['loses live sessions above the threshold if its count stays as it was', true],
  ['keeps every live session, as clean-up sets its count to 0', false],
])('cachelib with a threshold of 10 %s', async (_, naive) => {
  await using places = await placesOf('directory');
  await using library = await Library.start(python, 'UTC');
  const place = await places.fresh();
  await library.ask({ op: 'open', library: 'flask-cachelib/small', ...place.at });
  await library.ask({ op: 'migrate' });
  for (const id of named('dead'))
    await library.ask({ op: 'save', id, agoSeconds: 2 * lifetimeSeconds, lifetimeSeconds });
  const count = path.join(place.at.folder ?? '', countFile);
  const before = await readFile(count);
  await using store = await place.open({ layout: 'flask-cachelib' });
  await store.setup({ owner, ifExists: 'Adopt' });
  expect(await store.deleteOldSessions({ owner, ageSeconds: 0, pace: 'full' })).toMatchObject({ deleted: 8 });
  if (naive) await writeFile(count, before);
  const ids = named('live');
  for (const id of ids) await library.ask({ op: 'save', id, agoSeconds: 0, lifetimeSeconds });
  const { ids: alive = [] } = await library.ask({ op: 'live', ids, lifetimeSeconds });
  expect(alive.length).toBe(naive ? 3 : 8);
});
