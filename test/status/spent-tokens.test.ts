import { expect, test } from 'vitest';
import { runnerInputSchema } from '../../src/api/runner-input.ts';
import type { SetupReport } from '../../src/api/runner-result.ts';
import { fingerprintOf, mostSpentTokens, spentTokensOf } from '../../src/api/spent-tokens.ts';
import { type SessionStoreStatus, statusSchema } from '../../src/api/status.ts';
import { setupJob } from '../../src/desired/setup-job.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { statusOf } from '../../src/status/status-of.ts';
import { finishedSetup, observed, options, postgresSpec, sessionStore, setupResult } from '../builders.ts';

/** Status once a set-up has ended with that report. */
function statusAfter(report: Partial<SetupReport>, status?: SessionStoreStatus): SessionStoreStatus {
  const store = sessionStore(postgresSpec, { ...(status && { status }) });
  const result = setupResult();
  const setup: SetupReport = { outcome: 'Verified', marked: true, notes: [], ...report };
  const job = finishedSetup(store, { ...result, setup });
  return statusOf(deriveState(observed({ store, setupJobs: [job] })));
}

/** The input of the next set-up. */
function told(status: SessionStoreStatus): readonly string[] | undefined {
  const { args } = (
    setupJob(sessionStore(postgresSpec, { status }), options, 1).spec.template['spec'] as {
      containers: readonly [{ args: readonly string[] }];
    }
  ).containers[0];
  return runnerInputSchema.parse(JSON.parse(args[args.indexOf('--store') + 1] ?? '')).spentTokens;
}

const [one, two, three] = ['release-1', 'release-2', 'release-3'].map(fingerprintOf);

test('status remembers every token that a report names, and tells each set-up all of them', () => {
  const status = statusAfter({ overwriteToken: 'release-1', spentTokens: [one ?? ''] });
  expect(status.setup).toMatchObject({ overwriteToken: 'release-1', spentTokens: [one] });
  expect(told(status)).toEqual([one]);
});

test('the single token of an earlier version’s status, and of its runner’s report, counts as spent', () => {
  const before = statusAfter({});
  const old = { ...before, setup: { ...before.setup, overwriteToken: 'release-1' } } as SessionStoreStatus;
  expect(told(old)).toEqual([one]);
  const { job, ...rest } = finishedSetup(sessionStore(), {
    ...setupResult(),
    setup: { outcome: 'Overwritten', marked: true, overwriteToken: 'release-2', notes: [] },
  });
  const later = { ...rest, job: { ...job, metadata: { ...job.metadata, uid: 'later' } } };
  const store = sessionStore(postgresSpec, {
    status: { ...old, setup: { ...old.setup, jobUid: 'gone', finishedAt: '2020-01-01T00:00:00Z' } } as never,
  });
  const status = statusOf(deriveState(observed({ store, setupJobs: [later] })));
  expect(told(status)).toEqual([one, two]);
});

test('as many as may be remembered fit into status, and none is remembered twice', () => {
  const tokens = Array.from({ length: mostSpentTokens }, (_, number) => fingerprintOf(`release-${number}`));
  const status = statusAfter({ overwriteToken: 'release-3', spentTokens: tokens });
  expect(status.setup?.spentTokens).toEqual(tokens);
  expect(statusSchema.safeParse(status)).toMatchObject({ success: true });
  expect(spentTokensOf(status.setup, { spentTokens: [three ?? ''] })).toEqual(tokens);
});
