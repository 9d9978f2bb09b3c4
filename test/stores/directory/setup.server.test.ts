import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/api/spent-tokens.ts';
import { DirectorySessionStore } from '../../../src/stores/directory/store.ts';
import type { Owner } from '../../../src/stores/session-store.ts';
import { owner, TestVolume } from './volume.ts';

const failsWith = (reason: string, message: RegExp) =>
  expect.objectContaining({ reason, message: expect.stringMatching(message) });

const stranger: Owner = { ...owner, name: 'another' };

test('a folder is made with its levels, for its owner and group, and marked', async () => {
  await using volume = await TestVolume.make();
  expect(await volume.setUp()).toEqual({ outcome: 'Created', marked: true, notes: [] });
  const { mode, uid, gid } = await stat(volume.folder);
  expect((mode & 0o7777).toString(8)).toBe('2770');
  expect({ uid, gid }).toEqual({ uid: process.getuid?.(), gid: process.getgid?.() });
  expect(JSON.parse(await readFile(join(volume.stateDir, 'mark.json'), 'utf8'))).toEqual({
    version: 1,
    owner,
    origin: 'Created',
    state: 'Done',
  });
});

test('a second set-up changes nothing', async () => {
  await using volume = await TestVolume.withSessions({ one: 0 });
  const before = await volume.state();
  expect((await volume.setUp()).outcome).toBe('Verified');
  expect((await volume.setUp({ ifExists: 'Fail' })).outcome).toBe('Verified');
  expect(await volume.state()).toEqual(before);
});

test('two set-ups at once make one folder', async () => {
  await using volume = await TestVolume.make();
  const reports = await Promise.all(Array.from({ length: 8 }, () => volume.setUp()));
  expect(reports.every((report) => report.marked)).toBe(true);
  expect((await volume.setUp()).outcome).toBe('Verified');
});

test('of two owners who come at once one finds the other’s mark', async () => {
  await using volume = await TestVolume.make();
  const outcomes = await Promise.allSettled([
    volume.setUp(),
    volume.setUp({ owner: stranger }),
    volume.setUp(),
    volume.setUp({ owner: stranger }),
  ]);
  const winners = new Set(outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [i % 2] : [])));
  expect(winners.size).toBe(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toEqual(failsWith('Conflict', /its mark says/));
  }
});

test('another owner’s mark is a Conflict that names it', async () => {
  await using volume = await TestVolume.withSessions({ one: 0 });
  for (const ifExists of ['Adopt', 'Fail', 'Overwrite'] as const) {
    await expect(volume.setUp({ owner: stranger, ifExists, overwriteToken: 'two' })).rejects.toEqual(
      failsWith('Conflict', /belong to shop\/another .*mark says shop\/web \(installation test\)/),
    );
  }
  expect(await volume.names()).toEqual(['one']);
});

test('an unreadable mark permits no overwrite', async () => {
  await using volume = await TestVolume.withSessions({ one: 0 });
  await writeFile(join(volume.stateDir, 'mark.json'), '{"version": 2}');
  const overwrite = volume.setUp({ ifExists: 'Overwrite', overwriteToken: 'two' });
  await expect(overwrite).rejects.toEqual(failsWith('Conflict', /a mark that this version can read/));
  expect(await volume.names()).toEqual(['one']);
});

test('sessions are adopted, with leftovers, folders and links among them', async () => {
  await using volume = await TestVolume.make();
  for (let i = 0; i < 300; i++) await volume.save(`session-${i}`);
  await volume.save('a writer’s leftover', 0, '');
  await volume.save('lost+found/whatever');
  await symlink('/etc/passwd', join(volume.folder, 'link'));
  expect((await volume.setUp()).outcome).toBe('Adopted');
  expect(await volume.names()).toHaveLength(303);
});

test('an empty folder is adopted', async () => {
  await using volume = await TestVolume.make();
  await mkdir(volume.folder, { recursive: true });
  expect((await volume.setUp()).outcome).toBe('Adopted');
});

test('a folder of something else is a ShapeMismatch', async () => {
  await using volume = await TestVolume.make();
  await volume.save('one');
  await writeFile(join(volume.folder, 'family photo.jpg'), 'JFIF');
  await expect(volume.setUp()).rejects.toEqual(
    failsWith('ShapeMismatch', /of 2 that were opened, 1 are not/),
  );
  await expect(stat(volume.stateDir)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('Fail refuses a folder that is there', async () => {
  await using volume = await TestVolume.make();
  await volume.save('one');
  await expect(volume.setUp({ ifExists: 'Fail' })).rejects.toEqual(failsWith('AlreadyExists', /found one/));
  expect(await volume.names()).toEqual(['one']);
});

test('Overwrite replaces the folder by one of the same mode and owner, once per token', async () => {
  await using volume = await TestVolume.make();
  await volume.save('old');
  await chmod(volume.folder, 0o3711);
  const overwrite = { ifExists: 'Overwrite', overwriteToken: 'two' } as const;
  expect(await volume.setUp(overwrite)).toMatchObject({ outcome: 'Overwritten', overwriteToken: 'two' });
  expect(await volume.names()).toEqual([]);
  expect(((await stat(volume.folder)).mode & 0o7777).toString(8)).toBe('3711');
  await volume.save('new');
  expect(await volume.setUp(overwrite)).toMatchObject({ outcome: 'Verified', overwriteToken: 'two' });
  expect(await volume.names()).toEqual(['new']);
});

test.each<[string, (volume: TestVolume) => Promise<unknown>]>([
  ['a sub-folder', (volume) => mkdir(join(volume.folder, 'uploads'))],
  ['a link', (volume) => symlink('/etc/passwd', join(volume.folder, 'link'))],
  ['a dot-file', (volume) => writeFile(join(volume.folder, '.htaccess'), 'Deny from all')],
  ['a PDF', (volume) => writeFile(join(volume.folder, 'invoice.pdf'), '%PDF-1.7')],
])('Overwrite leaves a folder of sessions and %s where set-up did not make it', async (_, add) => {
  await using volume = await TestVolume.make();
  for (let i = 0; i < 600; i++) await volume.save(`session-${i}`);
  const overwrite = { ifExists: 'Overwrite', overwriteToken: 'two' } as const;
  const refused = failsWith('ShapeMismatch', /not made by this SessionStore/);
  await add(volume);
  const before = await volume.state();
  await expect(volume.setUp(overwrite)).rejects.toEqual(refused);
  expect(await volume.state()).toEqual(before);
});

test('Overwrite leaves an adopted folder that holds other things by now', async () => {
  await using volume = await TestVolume.make();
  await volume.save('one');
  expect((await volume.setUp()).outcome).toBe('Adopted');
  await volume.save('uploads/invoice.pdf');
  const overwrite = { ifExists: 'Overwrite', overwriteToken: 'two' } as const;
  await expect(volume.setUp(overwrite)).rejects.toEqual(failsWith('ShapeMismatch', /found a folder/));
  expect(await volume.names()).toEqual(['one', 'uploads']);
  await rm(join(volume.folder, 'uploads'), { recursive: true });
  expect((await volume.setUp(overwrite)).outcome).toBe('Overwritten');
  await volume.save('uploads/of set-up’s own folder');
  expect((await volume.setUp({ ...overwrite, overwriteToken: 'three' })).outcome).toBe('Overwritten');
});

test('a token is spent by the folder it first made: what is saved in it is not overwritten', async () => {
  await using volume = await TestVolume.make();
  const overwrite = { ifExists: 'Overwrite', overwriteToken: 'two' } as const;
  expect(await volume.setUp(overwrite)).toMatchObject({ outcome: 'Created', overwriteToken: 'two' });
  await volume.save('one');
  expect(await volume.setUp(overwrite)).toMatchObject({ outcome: 'Verified', overwriteToken: 'two' });
  expect(await volume.names()).toEqual(['one']);
});

test('a token that only status knows is written into the mark again', async () => {
  await using volume = await TestVolume.withSessions({ one: 0 });
  const overwrite = { ifExists: 'Overwrite', overwriteToken: 'two' } as const;
  expect(await volume.setUp({ ...overwrite, spentTokens: [fingerprintOf('two')] })).toMatchObject({
    overwriteToken: 'two',
  });
  expect(await volume.setUp(overwrite)).toMatchObject({ outcome: 'Verified' });
  expect(await volume.names()).toEqual(['one']);
});

test('an overwrite that was killed is finished, and a newer token then has its own', async () => {
  await using volume = await TestVolume.withSessions({ one: 0 });
  const mark = { version: 1, owner, origin: 'Created', state: 'Intent', overwriteToken: 'one' };
  await writeFile(join(volume.stateDir, 'mark.json'), JSON.stringify(mark));
  const report = await volume.setUp({ ifExists: 'Overwrite', overwriteToken: 'two' });
  expect(report).toMatchObject({ outcome: 'Overwritten', overwriteToken: 'two' });
  expect(await volume.names()).toEqual([]);
});

test('the one token that an earlier version’s mark holds is spent', async () => {
  await using volume = await TestVolume.withSessions({ one: 0 });
  const mark = { version: 1, owner, origin: 'Created', state: 'Done', overwriteToken: 'two' };
  await writeFile(join(volume.stateDir, 'mark.json'), JSON.stringify(mark));
  const overwrite = { ifExists: 'Overwrite', overwriteToken: 'two' } as const;
  expect((await volume.setUp(overwrite)).outcome).toBe('Verified');
  expect(await volume.names()).toEqual(['one']);
});

test('neither a lost mark nor a lost status repeats an overwrite', async () => {
  await using volume = await TestVolume.withSessions({ one: 0 });
  const overwrite = { ifExists: 'Overwrite', overwriteToken: 'two' } as const;
  await volume.setUp(overwrite);
  await volume.save('since');
  await rm(join(volume.stateDir, 'mark.json'));
  expect((await volume.setUp({ ...overwrite, spentTokens: [fingerprintOf('two')] })).outcome).toBe('Adopted');
  expect(await volume.names()).toEqual(['since']);
});

test('several Overwrites of one token at once destroy nothing that was saved since', async () => {
  await using volume = await TestVolume.make();
  for (let i = 0; i < 50; i++) await volume.save(`old-${i}`);
  for (let round = 0; round < 20; round++) {
    const overwrite = { ifExists: 'Overwrite', overwriteToken: `${round}` } as const;
    const runs = Array.from({ length: 6 }, async () => {
      await volume.setUp(overwrite);
      await volume.save(`since-${round}`);
    });
    await Promise.all(runs);
    expect(await volume.names()).toEqual([`since-${round}`]);
  }
});

test('a folder that was removed by hand is made again', async () => {
  await using volume = await TestVolume.withSessions({ one: 0 });
  await rm(volume.folder, { recursive: true });
  expect((await volume.setUp({ ifExists: 'Fail' })).outcome).toBe('Created');
});

test('a symbolic link at any level is refused', async () => {
  await using volume = await TestVolume.make();
  await using elsewhere = await TestVolume.make();
  for (const path of ['link', 'link/sessions', 'shop/link', 'shop/link/sessions']) {
    await rm(join(volume.root, 'shop'), { recursive: true, force: true });
    await rm(join(volume.root, 'link'), { force: true });
    await mkdir(join(volume.root, 'shop'));
    await symlink(elsewhere.root, join(volume.root, path.replace(/link.*/, 'link')));
    const store = new DirectorySessionStore({ root: volume.root, path });
    const refused = failsWith('PathInvalid', /a symbolic link, which is never followed/);
    await expect(store.setup({ owner, ifExists: 'Adopt' })).rejects.toEqual(refused);
    await expect(store.deleteOldSessions({ owner, ageSeconds: 60 })).rejects.toEqual(refused);
  }
  expect(await elsewhere.state()).toEqual({});
});

test('a link in the place of the dot-folder is refused', async () => {
  await using volume = await TestVolume.make();
  await using elsewhere = await TestVolume.make();
  await mkdir(join(volume.root, 'shop'));
  await symlink(elsewhere.root, volume.stateDir);
  await expect(volume.setUp()).rejects.toEqual(failsWith('PathInvalid', /a symbolic link/));
  expect(await elsewhere.state()).toEqual({});
});

test('a file in the place of the folder is refused', async () => {
  await using volume = await TestVolume.make();
  await mkdir(join(volume.root, 'shop'));
  await writeFile(volume.folder, '');
  await expect(volume.setUp()).rejects.toEqual(
    failsWith('PathInvalid', /to be a folder; found something else/),
  );
});

test('a store inside another one’s folder is a Conflict, whichever comes first', async () => {
  await using volume = await TestVolume.withSessions({ one: 0 });
  const inside = new DirectorySessionStore({ root: volume.root, path: 'shop/sessions/more' });
  await expect(inside.setup({ owner: stranger, ifExists: 'Adopt' })).rejects.toEqual(
    failsWith('Conflict', /holds the sessions of shop\/web/),
  );
  const around = new DirectorySessionStore({ root: volume.root, path: 'shop' });
  for (const ifExists of ['Adopt', 'Overwrite'] as const) {
    await expect(around.setup({ owner: stranger, ifExists, overwriteToken: 'two' })).rejects.toEqual(
      failsWith('Conflict', /found .sessionstore-sessions, another store's/),
    );
  }
  expect(await volume.names()).toEqual(['one']);
});

test('a volume that is not mounted is refused', async () => {
  await using volume = await TestVolume.make();
  const store = new DirectorySessionStore({ root: join(volume.root, 'nothing'), path: 'sessions' });
  await expect(store.setup({ owner, ifExists: 'Adopt' })).rejects.toEqual(
    failsWith('PathInvalid', /Expected a mounted volume at .*nothing; found nothing/),
  );
});
