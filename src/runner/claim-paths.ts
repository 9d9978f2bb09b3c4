/** Changes a text that may leave the run. */
export type Rewrite = (text: string) => string;

/** Characters of a path that a spec may name, and of the operator's own files. */
const name = '[A-Za-z0-9._-]*[A-Za-z0-9_-]';

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/**
 * Says paths below the pod's mount as the manifest says them, `shop/sessions on claim wiki`: a user knows the claim and
 * the path in it, and the pod with the mount is soon gone.
 */
export function withClaimPaths(mount: string, claimName: string): Rewrite {
  const path = new RegExp(`(?<![\\w./-])${literally(mount)}(?:/(${name}(?:/${name})*))?(?![\\w-])`, 'g');
  return (text) =>
    text.replace(path, (_all, below: string | undefined) => `${below ?? 'the root'} on claim ${claimName}`);
}
