import { expect, test } from 'vitest';
import { naiveCleanUp, type RaceResult, race } from './race.ts';
import { TestVolume } from './volume.ts';

/** How long to race at least; minutes when run by hand: RACE_SECONDS=300. */
const seconds = Number(process.env['RACE_SECONDS'] ?? 0);
const sessions = 10_000;
/** Fewer are no proof, so the race continues until there are that many. */
const leastBetween = 1000;
/** A busy machine may need many; a race that proves nothing in so many is broken. */
const mostRounds = 100;

async function raceOnce(cleanUp: (volume: TestVolume) => Promise<unknown>): Promise<RaceResult> {
  await using volume = await TestVolume.make();
  await volume.setUp();
  return await race(volume, sessions, () => cleanUp(volume));
}

test(
  'sessions that are saved just as the clean-up reaches them are not lost',
  async () => {
    const end = performance.now() + seconds * 1000;
    const total = { saved: 0, betweenSelectionAndDeletion: 0, lost: 0 };
    for (let round = 0; round < mostRounds || performance.now() < end; round++) {
      const one = await raceOnce((volume) => volume.cleanUp());
      total.saved += one.saved;
      total.betweenSelectionAndDeletion += one.betweenSelectionAndDeletion;
      total.lost += one.lost;
      if (performance.now() >= end && total.betweenSelectionAndDeletion >= leastBetween) break;
    }
    console.log(
      `race on a directory: ${total.saved} sessions saved meanwhile, ${total.betweenSelectionAndDeletion} of them ` +
        `between selection and deletion, ${total.lost} lost`,
    );
    expect(total.lost).toBe(0);
    expect(total.betweenSelectionAndDeletion).toBeGreaterThanOrEqual(leastBetween);
  },
  (seconds + 300) * 1000,
);

test('the same race against a clean-up that looks and unlinks loses some', async () => {
  let { saved, lost } = { saved: 0, lost: 0 };
  for (let round = 0; round < mostRounds && lost === 0; round++) {
    const one = await raceOnce((volume) => naiveCleanUp(volume.folder));
    saved += one.saved;
    lost += one.lost;
  }
  console.log(`race on a directory, lstat and unlink: ${saved} sessions saved meanwhile, ${lost} lost`);
  expect(lost).toBeGreaterThan(0);
}, 300_000);
