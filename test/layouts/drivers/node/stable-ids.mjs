import { createHash } from 'node:crypto';

const digest = (id) => createHash('sha256').update(id).digest();

/** The same UUID for the same id, for libraries that accept no other form. */
export const uuidOf = (id) =>
  digest(id)
    .toString('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-4$3-8$4-$5');

/** The same random-looking token for the same id. */
export const tokenOf = (id) => digest(id).toString('base64url').slice(0, 32);
