import { describe, expect, test } from 'vitest';
import { parseResult, type RunnerResult } from '../../src/api/runner-result.ts';
import { fingerprintOf, mostSpentTokens } from '../../src/api/spent-tokens.ts';
import { serializeResult } from '../../src/runner/serialize-result.ts';
import { cleanupResult, failureResult, setupResult } from '../builders.ts';

const limit = 3584;
const bytes = (text: string) => Buffer.byteLength(text);
const connection = { server: 'PostgreSQL 15.18', tls: 'off' };

describe('a result', () => {
  test.each<[string, RunnerResult]>([
    ['of set-up', setupResult()],
    ['of a clean-up', cleanupResult({ oldestStale: '2026-11-20T10:00:00Z', connection })],
    ['of a failure', failureResult('AuthenticationFailed', 'the password was refused: “geheim” — ärgerlich')],
  ])('%s is read back as it was written', (_what, result) => {
    expect(parseResult(serializeResult(result))).toEqual(result);
  });

  test('gives up its last notes first, and keeps its figures', () => {
    const notes = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(700));
    const text = serializeResult(cleanupResult({ notes, deleted: 4711 }));
    expect(bytes(text)).toBeLessThanOrEqual(limit);
    expect(parseResult(text)?.cleanup).toMatchObject({ deleted: 4711, remaining: 1000 });
    expect(parseResult(text)?.cleanup?.notes[0]).toBe('0'.repeat(700));
  });

  test('with texts that are too long for its reader is cut, not lost', () => {
    const text = serializeResult(
      setupResult({
        notes: ['n'.repeat(2000)],
        connection: { server: 's'.repeat(500), tls: 't'.repeat(500) },
      }),
    );
    expect(parseResult(text)?.setup?.outcome).toBe('Created');
  });

  // A control character takes six bytes of JSON, a Chinese one three, half of a pair six.
  test.each(['\u0000', '界', '\ud83d', '"', '😀', 'x'])(
    'full of %j is at most 3.5 KiB and can be read',
    (char) => {
      const long = { server: char.repeat(128), tls: char.repeat(64) };
      const notes = Array.from({ length: 8 }, () => char.repeat(1024));
      const full: RunnerResult = {
        ...failureResult('PermissionDenied', char.repeat(1024)),
        setup: {
          outcome: 'Created',
          marked: true,
          overwriteToken: 'x'.repeat(64),
          spentTokens: Array.from({ length: mostSpentTokens }, (_, n) => fingerprintOf(`${n}`)),
          connection: long,
          notes,
        },
        ...cleanupPart(char, long, notes),
      };
      const text = serializeResult(full);
      expect(bytes(text)).toBeLessThanOrEqual(limit);
      const read = parseResult(text);
      expect(read?.failure?.reason).toBe('PermissionDenied');
      expect(read?.failure?.message.length).toBeGreaterThan(10);
      expect(read?.setup?.spentTokens).toEqual(full.setup?.spentTokens);
      expect(read?.cleanup?.deleted).toBe(Number.MAX_SAFE_INTEGER);
    },
  );
});

function cleanupPart(char: string, connection: { server: string; tls: string }, notes: string[]) {
  const most = Number.MAX_SAFE_INTEGER;
  const timeZone = { name: char.repeat(64), source: 'Connection' as const };
  return {
    cleanup: {
      deleted: most,
      overdue: most,
      overdueAtLeast: true,
      remaining: most,
      remainingIsEstimate: true,
      unreadable: most,
      oldestStale: '2026-11-20T10:00:00.123Z',
      complete: false,
      dryRun: false,
      timeZone,
      connection,
      notes,
    },
  };
}

describe('a message that is no result', () => {
  const valid = setupResult();
  test.each<[string, string | undefined]>([
    ['none', undefined],
    ['an empty one', ''],
    ['a stack trace', 'Error: boom\n    at main (file.js:1:1)'],
    ['JSON that breaks off', JSON.stringify(valid).slice(0, -5)],
    ['a number', '42'],
    ['null', 'null'],
    ['a list', JSON.stringify([valid])],
    ['an unknown command', JSON.stringify({ ...valid, command: 'rm -rf /' })],
    ['an unknown reason', JSON.stringify({ ...valid, failure: { reason: 'Ready', message: '' } })],
    ['a negative count', JSON.stringify(cleanupResult({ deleted: -1 }))],
    ['half a session', JSON.stringify(cleanupResult({ deleted: 0.5 }))],
    ['a count too large to be exact', JSON.stringify(cleanupResult({ deleted: 2 ** 60 }))],
    ['an invalid time', JSON.stringify({ ...valid, finishedAt: 'yesterday' })],
    ['notes without end', JSON.stringify(setupResult({ notes: Array(9).fill('note') }))],
    ['more than a termination message may hold', `${JSON.stringify(valid)}${' '.repeat(4096)}`],
    ['lists a thousand deep', `${'['.repeat(2000)}${']'.repeat(2000)}`],
  ])('%s is not believed', (_what, message) => {
    expect(parseResult(message)).toBeUndefined();
  });

  test('unknown fields are dropped, and no prototype is touched', () => {
    const message = JSON.stringify(valid).replace('{', '{"__proto__":{"polluted":true},"extra":"field",');
    expect(parseResult(message)).toEqual(valid);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
