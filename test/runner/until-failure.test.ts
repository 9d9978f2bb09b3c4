import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseResult, type RunnerResult } from '../../src/api/runner-result.ts';
import { type Command, run } from '../../src/runner/run.ts';
import { openStore } from '../../src/stores/index.ts';
import type { ByteStore } from '../../src/stores/session-store.ts';
import { StoreError } from '../../src/stores/store-error.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'until-failure-'));
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** The result of a clean-up of a folder with this work. */
async function resultOf(work: Command<ByteStore>['work']): Promise<RunnerResult | undefined> {
  const input = {
    owner: { installation: 'i', namespace: 'shop', name: 'web' },
    store: { backend: { directory: { claimName: 'wiki', path: 'sessions' } } },
  };
  const result = join(folder, 'result');
  const args = ['--store', JSON.stringify(input), '--volume', folder, '--result', result];
  await run({ name: 'delete-old', graceMs: 0, open: openStore, work }, args);
  return parseResult(await readFile(result, 'utf8'));
}

test('a clean-up that fails reports what it has deleted until then', async () => {
  const result = await resultOf(async (_store, _input, { onProgress }) => {
    onProgress({ deleted: 0, seen: 0 });
    onProgress({ deleted: 60, seen: 80 });
    throw new StoreError('VolumeBusy', 'EIO');
  });
  expect(result).toMatchObject({
    failure: { reason: 'VolumeBusy' },
    cleanup: { deleted: 60, overdueAtLeast: true, complete: false, dryRun: false },
  });
});

test('a clean-up that fails before its first deletion reports the failure alone', async () => {
  const result = await resultOf(async (_store, _input, { onProgress }) => {
    onProgress({ deleted: 0, seen: 10 });
    throw new StoreError('VolumeBusy', 'EIO');
  });
  expect(result?.failure).toMatchObject({ reason: 'VolumeBusy' });
  expect(result).not.toHaveProperty('cleanup');
});
