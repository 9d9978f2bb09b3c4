import { expect, test } from 'vitest';
import type { PlanReport } from '../../src/api/plan-report.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { estimatedSeconds, planText } from '../../src/cli/plan/plan-text.ts';
import { descriptionHash } from '../../src/state/hash.ts';
import { directorySpec, postgresSpec, sessionStore } from '../builders.ts';

const plain = (_tone: string, text: string): string => text;
const report: PlanReport = {
  action: 'Adopt',
  marked: true,
  sessions: 100_000,
  ages: { notStale: 60_000, underDay: 10_000, underWeek: 20_000, underMonth: 9000, underYear: 999, older: 1 },
  bytes: 23_400_000,
  notes: ['no index on expire'],
};
const text = (plan: PlanReport, spec = postgresSpec, width = 80) =>
  planText({ store: sessionStore(spec), plan, notes: [] }, width, plain);

test('a plan says what set-up and the first clean-up would do, and shows the ages as a histogram', () => {
  expect(text(report)).toBe(`web: postgres: table public.session
Set-up    would adopt what exists: it fits the layout, and none of its sessions
          is changed
Clean-up  the first one would delete 40,000 sessions (expiredFor 10m), in very
          roughly 8 s at pace polite
Sessions  100,000, 22 MiB
Notes     no index on expire
  not stale                  60,000  ██████████████████████████████
  stale for less than a day  10,000  █████
  for less than a week       20,000  ██████████
  for less than 30 days       9,000  █████
  for less than a year          999  █
  for longer                      1  █
`);
});

test('a failure stands where it would happen, and an overwrite is not said softly', () => {
  const problem = { reason: 'PermissionDenied', message: 'no DELETE' } as const;
  expect(text({ ...report, cleanupProblem: problem })).toContain(
    'Clean-up  would fail: PermissionDenied: no DELETE',
  );
  expect(text({ setupProblem: problem, notes: [] })).toContain(
    'Set-up    would fail: PermissionDenied: no DELETE',
  );
  expect(text({ ...report, action: 'Overwrite' })).toContain('DELETE EVERY SESSION');
  expect(text({ ...report, isEstimate: true }, postgresSpec, 200)).toContain(
    'would delete about 40,000 sessions',
  );
  const failed = planText(
    { store: sessionStore(), problem: { reason: 'SecretMissing', message: 'gone' }, notes: [] },
    80,
    plain,
  );
  expect(failed).toContain('Plan  failed: SecretMissing: gone');
});

test('a confirmed custom layout is only counted until the store has the counts of this very description', () => {
  const spec: SessionStoreSpec = {
    backend: { mysql: { connection: { secretName: 'db' }, table: 'tokens' } },
    layout: 'custom',
    customLayout: { means: 'expiry', table: { key: 'token', time: 'ends_at', unit: 's' }, confirmed: true },
    cleanup: { expiredFor: '10m' },
  };
  const first = text(report, spec, 400);
  expect(first).toContain('the first one would count 40,000 sessions');
  expect(first).toContain('as this is the first run by this customLayout: the next one deletes');
  const cleanup = { schedule: '17 * * * *', timeZone: 'Etc/UTC', cronJobName: 'web-cleanup' };
  const status = { cleanup: { ...cleanup, countedLayout: descriptionHash(spec) } };
  const later = planText({ store: sessionStore(spec, { status }), plan: report, notes: [] }, 400, plain);
  expect(later).toContain('the first one would delete 40,000 sessions');
  expect(later).not.toContain('only counted');
});

test('the estimated time depends on the number of stale sessions, the store and the pace', () => {
  const full = { ...postgresSpec, cleanup: { pace: 'full' as const } };
  expect(estimatedSeconds({ spec: postgresSpec }, report)).toBe(8);
  expect(estimatedSeconds({ spec: full }, report)).toBe(0.8);
  expect(estimatedSeconds({ spec: directorySpec }, report)).toBe(80);
  expect(estimatedSeconds({ spec: postgresSpec }, { notes: [] })).toBeUndefined();
});
