import type { FileOperations } from './files.ts';
import type { Places } from './places.ts';

/** File systems of one machine, where a name that was renamed away is gone for everybody at once (statfs(2)). */
const localTypes: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
]);

const localGraceMs = 1000;
/** Beyond the time for which an NFS client may trust what it knows of a name: `acdirmax`, a minute (nfs(5)). */
const networkGraceMs = 65_000;

/** How long a file waits in quarantine before it is looked at for the last time. */
export async function graceOf(files: FileOperations, places: Places): Promise<number> {
  const { type } = await files.statfs(places.aside);
  return localTypes.has(type) ? localGraceMs : networkGraceMs;
}
