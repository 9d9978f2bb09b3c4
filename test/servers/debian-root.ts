import path from 'node:path';

const architectures: Readonly<Record<string, readonly [loader: string, libraries: string]>> = {
  x64: ['usr/lib64/ld-linux-x86-64.so.2', 'usr/lib/x86_64-linux-gnu'],
  arm64: ['usr/lib/ld-linux-aarch64.so.1', 'usr/lib/aarch64-linux-gnu'],
};

/**
 * The command that starts a program of a newer Debian, whose files are in that folder, by its own dynamic loader: it
 * needs neither chroot nor the machine's libraries.
 */
export function loaderOf(root: string): [command: string, ...args: string[]] {
  const [loader, libraries] = architectures[process.arch] ?? [];
  if (!loader || !libraries) throw new Error(`Expected x64 or arm64, got ${process.arch}`);
  return [path.join(root, loader), '--library-path', path.join(root, libraries)];
}
