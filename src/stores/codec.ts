import { StoreError } from './store-error.ts';

/** How a payload is written as bytes, and read again. */
export interface Codec<Payload> {
  encode(payload: Payload): Uint8Array;
  decode(bytes: Uint8Array): Payload;
}

/** The `codec` among a store's options: needed for every payload but bytes. */
export type Coding<Payload> = { readonly codec?: Codec<Payload> } & (Uint8Array extends Payload
  ? unknown
  : { readonly codec: Codec<Payload> });

/** Payloads in JSON. What it makes of a store's bytes is taken to be a `Payload`: nothing checks that. */
export function jsonCodec<Payload>(): Codec<Payload> {
  return {
    encode: (payload) => {
      const text: string | undefined = JSON.stringify(payload);
      if (text !== undefined) return new TextEncoder().encode(text);
      throw new StoreError(
        'InvalidInput',
        `Expected a payload that JSON has a word for; got ${typeof payload}`,
      );
    },
    decode: (bytes) => {
      try {
        return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
      } catch {
        // The parser's own words quote the session.
        throw new StoreError('ShapeMismatch', 'Expected a session in JSON; found bytes that are not');
      }
    },
  };
}

/** Bytes as they are. */
export const asBytes = { encode: (payload: Uint8Array) => payload, decode: (bytes: Uint8Array) => bytes };
