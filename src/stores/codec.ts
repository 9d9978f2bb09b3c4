import { StoreError } from './store-error.ts';

/** Encoding of a payload as bytes. */
export interface Codec<Payload> {
  encode(payload: Payload): Uint8Array;
  decode(bytes: Uint8Array): Payload;
}

/** The `codec` among a store's options: required for every payload type except bytes. */
export type Coding<Payload> = { readonly codec?: Codec<Payload> } & (Uint8Array extends Payload
  ? unknown
  : { readonly codec: Codec<Payload> });

/** Payloads in JSON. The decoded value is treated as a `Payload` without a check. */
export function jsonCodec<Payload>(): Codec<Payload> {
  return {
    encode: (payload) => {
      const text: string | undefined = JSON.stringify(payload);
      if (text !== undefined) return new TextEncoder().encode(text);
      throw new StoreError('InvalidInput', `Expected a payload that JSON can express; got ${typeof payload}`);
    },
    decode: (bytes) => {
      try {
        return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
      } catch {
        // The parser's own message quotes the session.
        throw new StoreError('ShapeMismatch', 'Expected a session in JSON; found bytes that are not');
      }
    },
  };
}

/** Bytes as they are. */
export const asBytes = { encode: (payload: Uint8Array) => payload, decode: (bytes: Uint8Array) => bytes };
