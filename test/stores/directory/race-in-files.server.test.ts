import fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flaskCachelib } from '../../../src/layouts/flask-cachelib.ts';
import { volumeOf } from './foreign-files.ts';
import { cachelibStyle, race } from './race.ts';
import { watchedFiles } from './watched-files.ts';

const sessions = 10_000;
/** Fewer are no proof, so the race continues until there are that many. */
const leastBetween = 250;
/** A busy machine may need many; a race that proves nothing in so many is broken. */
const mostRounds = 100;

test('sessions whose end is in their file, and that are replaced just as the clean-up reaches them, are not lost', async () => {
  const total = { saved: 0, putBack: 0, lost: 0 };
  for (let round = 0; round < mostRounds && total.putBack < leastBetween; round++) {
    await using volume = await volumeOf(flaskCachelib);
    const quarantine = join(volume.stateDir, 'quarantine');
    const files = watchedFiles({
      after: (operation, path) => {
        if (operation === 'linkSync' && path.startsWith(quarantine)) total.putBack++;
      },
    });
    const one = await race(volume, sessions, () => volume.cleanUp({}, files), cachelibStyle);
    total.saved += one.saved;
    total.lost += one.lost;
  }
  console.log(
    `race on files with their end in them: ${total.saved} sessions saved meanwhile, ${total.putBack} of them ` +
      `between selection and deletion, ${total.lost} lost`,
  );
  expect(total.lost).toBe(0);
  expect(total.putBack).toBeGreaterThanOrEqual(leastBetween);
}, 300_000);

test('the same race against a clean-up that reads and unlinks loses some', async () => {
  let { saved, lost } = { saved: 0, lost: 0 };
  for (let round = 0; round < mostRounds && lost === 0; round++) {
    await using volume = await volumeOf(flaskCachelib);
    const one = await race(volume, sessions, async () => readAndUnlink(volume.folder), cachelibStyle);
    saved += one.saved;
    lost += one.lost;
  }
  console.log(
    `race on files with their end in them, read and unlink: ${saved} saved meanwhile, ${lost} lost`,
  );
  expect(lost).toBeGreaterThan(0);
}, 300_000);

/** As cachelib's own clean-up, in chunks of as many files as ours. */
function readAndUnlink(folder: string): void {
  const names = fs.readdirSync(folder).filter((name) => !name.includes('.'));
  for (let at = 0; at < names.length; at += 512) {
    const chunk = names.slice(at, at + 512);
    const stale = chunk.filter((name) => fs.readFileSync(join(folder, name)).readUInt32LE() < 2_000_000_000);
    for (const name of stale) fs.unlinkSync(join(folder, name));
  }
}
