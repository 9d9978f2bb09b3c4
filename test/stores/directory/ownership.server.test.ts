import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { RunAsUser } from './run-child.ts';
import { owner, sessionPath, TestVolume } from './volume.ts';

const [cleaner, application, group, nobody] = [10_001, 10_003, 10_002, 65_534];
const adopt = { setup: { owner, ifExists: 'Adopt' } } as const;
const clean = { cleanup: { owner, ageSeconds: 3600, pace: 'full' } } as const;

async function runAs(
  volume: TestVolume,
  user: { readonly uid: number; readonly gid: number },
  what: Pick<RunAsUser, 'setup' | 'cleanup'>,
): Promise<object> {
  const run: RunAsUser = { root: volume.root, path: sessionPath, ...user, ...what };
  const child = join(import.meta.dirname, 'run-child.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify(run)]);
  return JSON.parse(stdout) as object;
}

/** A volume as fsGroup leaves it: anybody in the group may write. */
async function groupVolume(): Promise<TestVolume> {
  const volume = await TestVolume.make();
  await chown(volume.root, 0, group);
  await chmod(volume.root, 0o2775);
  return volume;
}

/** A stale and a live session of the application's own, of this mode. */
async function saveAsApplication(volume: TestVolume, mode: number): Promise<void> {
  await volume.save('stale', 7200);
  await volume.save('live');
  for (const name of ['stale', 'live']) {
    await chown(join(volume.folder, name), application, group);
    await chmod(join(volume.folder, name), mode);
  }
}

const unusable = (message: RegExp) => ({
  reason: 'VolumeUnusable',
  message: expect.stringMatching(message),
});

const isRoot = process.getuid?.() === 0;
const protectsHardLinks = readFileSync('/proc/sys/fs/protected_hardlinks', 'utf8').trim() === '1';

describe.runIf(isRoot)('as another user than root', () => {
  test('a volume that root owns is refused with the cure', async () => {
    await using volume = await TestVolume.make();
    await chmod(volume.root, 0o755);
    expect(await runAs(volume, { uid: cleaner, gid: group }, adopt)).toEqual(
      unusable(/as uid 10001, gid 10002; it belongs to uid 0, gid 0, mode 0755.*runAsUser.*fsGroup/),
    );
    expect(await volume.state()).toEqual({});
    await mkdir(join(volume.root, 'shop'));
    expect(await runAs(volume, { uid: cleaner, gid: group }, adopt)).toEqual(
      unusable(/folders in .*\/shop as uid 10001, gid 10002; it belongs to uid 0, gid 0, mode 0755/),
    );
  });

  test('a folder that is adopted, but could not be cleaned, is adopted with a note', async () => {
    await using volume = await groupVolume();
    await mkdir(volume.folder, { recursive: true });
    await chown(join(volume.root, 'shop'), cleaner, group);
    await chmod(volume.folder, 0o755);
    expect(await runAs(volume, { uid: cleaner, gid: group }, adopt)).toMatchObject({
      outcome: 'Adopted',
      notes: [expect.stringMatching(/A clean-up would stop: .*runAsUser/)],
    });
  });

  test('a folder in a volume of the group is made for the group', async () => {
    await using volume = await groupVolume();
    expect(await runAs(volume, { uid: cleaner, gid: group }, adopt)).toMatchObject({ outcome: 'Created' });
    const { uid, gid, mode } = await stat(volume.folder);
    expect({ uid, gid, mode: (mode & 0o7777).toString(8) }).toEqual({
      uid: cleaner,
      gid: group,
      mode: '2770',
    });
  });

  test.runIf(protectsHardLinks)(
    'another owner’s private files are left where they are, and counted',
    async () => {
      await using volume = await groupVolume();
      await runAs(volume, { uid: cleaner, gid: group }, adopt);
      await saveAsApplication(volume, 0o600);
      const folder = await stat(volume.folder);
      expect(await runAs(volume, { uid: cleaner, gid: group }, clean)).toMatchObject({
        deleted: 0,
        overdue: 1,
        remaining: 2,
        complete: true,
        undeletable: [{ cause: 'NotPermitted', count: 1 }],
      });
      expect(await volume.names()).toEqual(['live', 'stale']);
      expect(await readdir(join(volume.stateDir, 'quarantine'))).toEqual([]);
      expect((await stat(join(volume.folder, 'stale'))).nlink).toBe(1);
      expect((await stat(volume.folder)).ino).toBe(folder.ino);
    },
  );

  test.runIf(protectsHardLinks)(
    'one stale file of another owner stays, and all others go; set-up says so',
    async () => {
      await using volume = await groupVolume();
      await runAs(volume, { uid: application, gid: group }, adopt);
      for (let i = 0; i < 2000; i++) await volume.save(`stale-${i}`, 7200);
      for (const name of await volume.names()) await chown(join(volume.folder, name), application, group);
      await volume.save('root’s', 7200);
      await chmod(join(volume.folder, 'root’s'), 0o600);
      expect(await runAs(volume, { uid: application, gid: group }, adopt)).toMatchObject({
        notes: [
          expect.stringMatching(
            /^Of the first 2001 files .* may not delete 1, as they belong to uid 0: .*runAsUser/,
          ),
        ],
      });
      expect(await runAs(volume, { uid: application, gid: group }, clean)).toMatchObject({
        deleted: 2000,
        overdue: 1,
        remaining: 1,
        complete: true,
        undeletable: [{ cause: 'NotPermitted', count: 1 }],
      });
      expect(await volume.names()).toEqual(['root’s']);
    },
  );

  test('files that a sticky folder keeps, or that are immutable, stay, and the others go', async () => {
    await using volume = await groupVolume();
    await runAs(volume, { uid: cleaner, gid: group }, adopt);
    await saveAsApplication(volume, 0o660);
    await volume.save('mine', 7200);
    await chown(join(volume.folder, 'mine'), cleaner, group);
    await chown(volume.folder, 0, group);
    await chmod(volume.folder, 0o3770);
    expect(await runAs(volume, { uid: cleaner, gid: group }, clean)).toMatchObject({
      deleted: 1,
      overdue: 1,
      remaining: 2,
      complete: true,
      undeletable: [{ cause: 'NotPermitted', count: 1 }],
    });
    await volume.save('stale, too', 7200);
    execFileSync('chattr', ['+i', join(volume.folder, 'stale')]);
    try {
      expect(await volume.cleanUp()).toMatchObject({
        deleted: 1,
        overdue: 1,
        remaining: 2,
        undeletable: [{ cause: 'NotPermitted', count: 1 }],
      });
    } finally {
      execFileSync('chattr', ['-i', join(volume.folder, 'stale')]);
    }
    expect(await volume.names()).toEqual(['live', 'stale']);
  });

  test('files that a run as another user left do not stop a run: its batch, its trash, its unfinished save', async () => {
    await using volume = await groupVolume();
    await runAs(volume, { uid: cleaner, gid: group }, adopt);
    await saveAsApplication(volume, 0o660);
    const past = Date.now() / 1000 - 7200;
    const [batch, trash, saving] = ['quarantine/of-root', 'trash/of-root', 'saving/of-root'].map((name) =>
      join(volume.stateDir, name),
    ) as [string, string, string];
    for (const folder of [batch, trash, saving]) {
      await mkdir(folder, { mode: 0o700 });
      await writeFile(join(folder, 'session'), 'x');
      await utimes(folder, past, past);
    }
    expect(await runAs(volume, { uid: cleaner, gid: group }, clean)).toMatchObject({
      deleted: 1,
      overdue: 0,
      complete: true,
      notes: [
        expect.stringMatching(/trash, .* 1 entries could not/),
        expect.stringMatching(/quarantine, .* 1 entries/),
      ],
    });
    expect(await runAs(volume, { uid: cleaner, gid: group }, adopt)).toMatchObject({
      outcome: 'Verified',
      notes: [expect.stringMatching(/trash, .* 1 entries could not be removed/)],
    });
    expect(await readdir(batch)).toEqual(['session']);
  });

  test('run as the files’ owner, it cleans them', async () => {
    await using volume = await groupVolume();
    await runAs(volume, { uid: cleaner, gid: group }, adopt);
    await saveAsApplication(volume, 0o600);
    expect(await runAs(volume, { uid: application, gid: group }, clean)).toMatchObject({
      deleted: 1,
      remaining: 1,
    });
    // And back again: what one user of the group leaves beside the folder is no obstacle to the next.
    expect(await runAs(volume, { uid: application, gid: group }, clean)).toMatchObject({ deleted: 0 });
    expect(await runAs(volume, { uid: cleaner, gid: group }, clean)).toMatchObject({ deleted: 0 });
  });

  test('files that the group may write are cleaned by anybody in it', async () => {
    await using volume = await groupVolume();
    await runAs(volume, { uid: cleaner, gid: group }, adopt);
    await saveAsApplication(volume, 0o660);
    expect(await runAs(volume, { uid: cleaner, gid: group }, clean)).toMatchObject({
      deleted: 1,
      remaining: 1,
    });
  });

  test('a folder that may not be written is found out before anything is touched', async () => {
    await using volume = await groupVolume();
    await runAs(volume, { uid: cleaner, gid: group }, adopt);
    await volume.save('stale', 7200);
    await chmod(volume.folder, 0o2750);
    expect(await runAs(volume, { uid: application, gid: group }, clean)).toEqual(
      unusable(/uid 10003 to be able to link files into .*EACCES.*runAsUser/),
    );
  });

  test('sessions that cannot be read are not adopted', async () => {
    await using volume = await groupVolume();
    await mkdir(volume.folder, { recursive: true });
    await saveAsApplication(volume, 0o600);
    await chmod(volume.folder, 0o2775);
    expect(await runAs(volume, { uid: cleaner, gid: group }, adopt)).toEqual(
      unusable(/open on a file in .*sessions to work as uid 10001, gid 10002; found EACCES.*runAsUser/),
    );
  });

  test('a user without read access gets the name of the folder’s owner', async () => {
    await using volume = await groupVolume();
    await runAs(volume, { uid: cleaner, gid: group }, adopt);
    expect(await runAs(volume, { uid: nobody, gid: nobody }, clean)).toEqual(unusable(/EACCES.*runAsUser/));
  });
});
