import { expect, test } from 'vitest';
import { ApiError } from '../../src/kube/api-error.ts';

const waitOf = (retryAfter: string | undefined, details = {}) =>
  ApiError.of('GET /x', 429, JSON.stringify({ details }), retryAfter).retryAfterMs;

test('a wait is that of the header, or of the answer where the header is a date', () => {
  expect(waitOf('7', { retryAfterSeconds: 3 })).toBe(7000);
  expect(waitOf(undefined, { retryAfterSeconds: 3 })).toBe(3000);
  expect(waitOf('Fri, 20 Nov 2026 12:00:00 GMT', { retryAfterSeconds: 3 })).toBe(3000);
  expect(waitOf('Fri, 20 Nov 2026 12:00:00 GMT')).toBeUndefined();
});

test('a wait is never so long that the caller gives up, or that a timer fires at once', () => {
  expect(waitOf('2600000')).toBe(300_000);
  expect(waitOf('1e300')).toBe(300_000);
  expect(waitOf('-5')).toBe(0);
});

test('an answer in another form than the API server’s still has its code', () => {
  for (const body of [
    '<html>',
    'null',
    '7',
    '[]',
    '{"details":{"causes":{}}}',
    '{"details":null,"message":{}}',
  ])
    expect(ApiError.of('GET /x', 500, body, undefined)).toMatchObject({
      code: 500,
      isNamespaceTerminating: false,
    });
});
