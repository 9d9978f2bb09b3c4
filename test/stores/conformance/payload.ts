import { createHash, randomBytes } from 'node:crypto';

const digestLength = 32;
const digestOf = (content: Uint8Array) => createHash('sha256').update(content).digest();

/** A payload of its own, of which can be told whether it is whole. */
export function wholePayload(size: number): Uint8Array {
  const content = randomBytes(size);
  return Buffer.concat([digestOf(content), content]);
}

export const isWhole = (payload: Uint8Array): boolean =>
  digestOf(payload.subarray(digestLength)).equals(payload.subarray(0, digestLength));
