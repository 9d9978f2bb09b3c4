import { expect, test } from 'vitest';
import { ProgressMeter } from '../../src/stores/progress-meter.ts';
import type { CleanupProgress } from '../../src/stores/session-store.ts';

function meterOf(of?: number) {
  const reports: CleanupProgress[] = [];
  const meter = new ProgressMeter((progress) => reports.push(progress), of);
  return { meter, reports };
}

test('reports the start and the sum after each step', () => {
  const { meter, reports } = meterOf(100);
  meter.add(3, 10);
  meter.add(0, 20);
  expect(reports).toEqual([
    { deleted: 0, seen: 0, of: 100 },
    { deleted: 3, seen: 10, of: 100 },
    { deleted: 3, seen: 30, of: 100 },
  ]);
});

test('leaves out a total that is unknown or that was exceeded', () => {
  const { meter, reports } = meterOf(10);
  meter.add(0, 10);
  meter.add(0, 1);
  meter.expect(undefined);
  meter.add(0, 1);
  expect(reports).toEqual([
    { deleted: 0, seen: 0, of: 10 },
    { deleted: 0, seen: 10, of: 10 },
    { deleted: 0, seen: 11 },
    { deleted: 0, seen: 12 },
  ]);
});

test('a total that is found during the run adds to what was seen', () => {
  const { meter, reports } = meterOf();
  meter.add(5, 5);
  meter.expect(95);
  meter.add(1, 10);
  meter.expect(-1);
  meter.add(0, 0);
  expect(reports.slice(2)).toEqual([
    { deleted: 6, seen: 15, of: 100 },
    { deleted: 6, seen: 15, of: 15 },
  ]);
});

test('needs no listener', () => {
  new ProgressMeter(undefined).add(1, 1);
});
