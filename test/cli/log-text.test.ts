import { expect, test } from 'vitest';
import { logText } from '../../src/cli/logs/log-text.ts';

test('a line of a run reads as time, message and facts', () => {
  const line = {
    time: '2026-11-20T11:17:00.123Z',
    level: 'info',
    msg: 'clean-up goes on',
    progress: { deleted: 10, seen: 20 },
  };
  expect(logText(JSON.stringify(line))).toBe(
    '11:17:00 clean-up goes on progress.deleted=10 progress.seen=20',
  );
  expect(logText('{"level":"error","msg":"failed","reason":"ReadOnly"}')).toBe(
    'ERROR failed reason=ReadOnly',
  );
});

test('any other line stays, with every character visible', () => {
  expect(logText('Error: \u001b[31mno')).toBe('Error: ␛[31mno');
  expect(logText('[1,2]')).toBe('[1,2]');
  expect(logText('')).toBe('');
});
