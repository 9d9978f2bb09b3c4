import { describe, expect, test } from 'vitest';
import { ApiError } from '../../src/kube/api-error.ts';
import { verdictOn } from '../../src/operator/error-policy.ts';

const refusal = (code: number, body: object = {}, retryAfter?: string) =>
  ApiError.of('POST /jobs', code, JSON.stringify(body), retryAfter);

describe('a reconcile that threw', () => {
  test.each([409, 404])('because somebody was faster (%i) is tried again soon, and is no news', (code) => {
    expect(verdictOn(refusal(code))).toEqual({
      ...{ label: 'conflict', retry: true, isNews: false },
      atLeastMs: 100,
    });
  });

  test('because its namespace goes away is not tried again', () => {
    const details = { causes: [{ reason: 'NamespaceTerminating' }] };
    expect(verdictOn(refusal(403, { details }))).toMatchObject({
      ...{ label: 'namespace_terminating', retry: false, isNews: false },
    });
  });

  test('because the API server refused is tried again, and is news', () => {
    expect(verdictOn(refusal(500))).toEqual({ label: 'api', retry: true, atLeastMs: 0, isNews: true });
  });

  test('waits as long as the server asks, in its header or else in its answer', () => {
    expect(verdictOn(refusal(429, {}, '7'))).toMatchObject({ atLeastMs: 7000 });
    expect(verdictOn(refusal(429, { details: { retryAfterSeconds: 3 } }))).toMatchObject({ atLeastMs: 3000 });
    expect(verdictOn(refusal(503, {}, 'Fri, 20 Nov 2026 10:00:00 GMT'))).toMatchObject({ atLeastMs: 0 });
  });

  test.each([new TypeError('boom'), 'boom', undefined])('with %s is tried again, and is news', (error) => {
    expect(verdictOn(error)).toMatchObject({ label: 'unexpected', retry: true, isNews: true });
  });
});
