import { expect, test } from 'vitest';
import { ThreadWorker } from '../../../src/stores/directory/cleanup/worker-pool.ts';
import { StoreError } from '../../../src/stores/store-error.ts';
import { session3Files, TestVolume } from './volume.ts';

const take = (volume: TestVolume, batch: string) =>
  ({
    kind: 'Take',
    checked: [],
    paths: volume,
    spare: volume.root,
    folder: volume.folder,
    names: ['stale', 'live'],
    cutoff: Date.now() - 3_600_000,
    leftoverCutoff: Date.now() - 3_600_000,
    layout: session3Files,
    batch,
    probe: `${volume.root}/probe`,
  }) as const;

test('a thread does what it is told, and says what it saw', async () => {
  await using volume = await TestVolume.withSessions({ stale: 7200, live: 0 });
  await using worker = new ThreadWorker();
  expect(await worker.run(take(volume, `${volume.root}/batch`))).toMatchObject({ live: 1, waiting: 1 });
  expect(await volume.names()).toEqual(['live']);
});

test('a failure in a thread is reported with the same reason, and the next task is done', async () => {
  await using volume = await TestVolume.withSessions({ stale: 7200, live: 0 });
  await using worker = new ThreadWorker();
  const failing = worker.run(take(volume, `${volume.root}/nowhere/batch`));
  await expect(failing).rejects.toSatisfy((error) => error instanceof StoreError);
  await expect(failing).rejects.toMatchObject({
    reason: 'StoreMissing',
    message: expect.stringMatching(/found ENOENT/),
  });
  expect(await worker.run(take(volume, `${volume.root}/batch`))).toMatchObject({ waiting: 1 });
});
