import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import type { RunnerInput } from '../../../src/api/runner-input.ts';
import { StoreError } from '../../../src/stores/store-error.ts';
import { runRunner } from '../../servers/runner.ts';
import { owner, pickle, sessionPath, TestVolume } from './volume.ts';
import { failingFiles } from './watched-files.ts';

const old = 7200;
/** Long enough, and in two encodings, to be found wherever it stands. */
const secret = 'c0ffee5ec2e7';
const ids = [`${secret}-stale`, `${secret}-é`, `${secret}-${'x'.repeat(200)}`];

/** The outcome: the error's message, or the report. */
async function told(work: () => Promise<unknown>): Promise<string> {
  try {
    return inspect(await work(), { depth: 9 });
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    return (error as StoreError).message;
  }
}

async function filled(): Promise<TestVolume> {
  const volume = await TestVolume.withSessions({});
  for (const id of ids) await volume.save(id, old);
  return volume;
}

const codes = [
  'EACCES',
  'EPERM',
  'EIO',
  'ENOSPC',
  'EROFS',
  'ESTALE',
  'EMFILE',
  'ENAMETOOLONG',
  'EINVAL',
  'EFOO',
];
const cleaning = ['lstatSync', 'linkSync', 'renameSync', 'unlinkSync'] as const;

test.each(cleaning)('no clean-up in which %s fails says a session’s name', async (operation) => {
  await Promise.all(
    codes.map(async (code) => {
      await using volume = await filled();
      const text = await told(() => volume.cleanUp({}, failingFiles(operation, code, secret)));
      expect(text).not.toContain(secret);
    }),
  );
});

test.each(['open', 'rename', 'unlink', 'lstat', 'link'] as const)(
  'no program in which %s fails is told a session’s name by the error’s message',
  async (operation) => {
    await using volume = await filled();
    for (const code of codes) {
      const store = volume.store(failingFiles(operation, code, secret));
      const [id = ''] = ids;
      for (const work of [
        () => store.loadSession(id),
        () => store.saveSession(id, pickle('x')),
        () => store.deleteSession(id),
        () => store.hasSession(id),
        () => store.setup({ owner, ifExists: 'Adopt' }),
        async () => {
          for await (const _ of store.iterSessions());
        },
      ]) {
        expect(await told(work)).not.toContain(secret);
      }
    }
  },
);

test('ids that cannot be are not repeated', async () => {
  await using volume = await filled();
  const store = volume.store();
  await mkdir(join(volume.folder, `${secret}-folder`));
  for (const id of [
    `../${secret}`,
    `.${secret}`,
    secret.repeat(30),
    `${secret}\0`,
    `${secret}\ud800`,
    `${secret}-folder`,
  ]) {
    for (const work of [
      () => store.saveSession(id, pickle('x')),
      () => store.loadSession(id),
      () => store.deleteSession(id),
    ]) {
      expect(await told(work)).not.toContain(secret);
    }
  }
});

const input: RunnerInput = {
  owner,
  store: {
    backend: { directory: { claimName: 'wiki', path: sessionPath } },
    layout: 'session3',
    cleanup: { unmodifiedFor: '1h' },
  },
};

test.runIf(process.getuid?.() === 0)('the output of a run never contains a session’s name', async () => {
  await using volume = await filled();
  const immutable = join(volume.folder, ids[0] ?? '');
  execFileSync('chattr', ['+i', immutable]);
  try {
    const clean = await runRunner({ command: 'delete-old', input, volume: volume.root });
    expect(clean).toMatchObject({
      code: 0,
      result: { cleanup: { deleted: 2, overdue: 1, undeletable: [{ cause: 'NotPermitted', count: 1 }] } },
    });
    await writeFile(join(volume.folder, `${secret}.jpg`), 'JFIF');
    fs.rmSync(join(volume.stateDir, 'mark.json'));
    const adopt = await runRunner({ command: 'setup', input, volume: volume.root });
    expect(adopt).toMatchObject({ code: 65, result: { failure: { reason: 'ShapeMismatch' } } });
    expect(clean.output + clean.resultText + adopt.output + adopt.resultText).not.toContain(secret);
  } finally {
    execFileSync('chattr', ['-i', immutable]);
  }
});
