import { describe, expect, test } from 'vitest';
import { ApiError } from '../../src/kube/api-error.ts';
import { classify } from '../../src/operator/error-policy.ts';

const refusal = (code: number, body: object = {}, retryAfter?: string) =>
  ApiError.of('POST /jobs', code, JSON.stringify(body), retryAfter);

describe('a reconcile that threw', () => {
  test.each([409, 404])('because somebody was faster (%i) is tried again soon, and is no news', (code) => {
    expect(classify(refusal(code))).toEqual({
      label: 'conflict',
      retry: true,
      shouldLog: false,
      atLeastMs: 100,
      isUnreachable: false,
    });
  });

  test('because its namespace goes away is not tried again', () => {
    const details = { causes: [{ reason: 'NamespaceTerminating' }] };
    expect(classify(refusal(403, { details }))).toMatchObject({
      label: 'namespace_terminating',
      retry: false,
      shouldLog: false,
    });
  });

  test('because the API server refused is tried again, and is news', () => {
    expect(classify(refusal(500))).toMatchObject({
      label: 'api',
      retry: true,
      atLeastMs: 0,
      shouldLog: true,
    });
  });

  test('waits as long as the server asks, in its header or else in its answer', () => {
    expect(classify(refusal(429, {}, '7'))).toMatchObject({ atLeastMs: 7000 });
    expect(classify(refusal(429, { details: { retryAfterSeconds: 3 } }))).toMatchObject({ atLeastMs: 3000 });
    expect(classify(refusal(503, {}, 'Fri, 20 Nov 2026 10:00:00 GMT'))).toMatchObject({ atLeastMs: 0 });
  });

  test.each([new TypeError('boom'), 'boom', undefined])('with %s is tried again, and is news', (error) => {
    expect(classify(error)).toMatchObject({
      label: 'unexpected',
      retry: true,
      shouldLog: true,
      isUnreachable: false,
    });
  });

  test.each<[string, boolean]>([
    ['ECONNREFUSED', true],
    ['ENOTFOUND', true],
    ['ETIMEDOUT', false],
  ])('with %s says whether any other would fail too', (code, isUnreachable) => {
    expect(classify(Object.assign(new Error('no'), { code }))).toMatchObject({ retry: true, isUnreachable });
  });
});
