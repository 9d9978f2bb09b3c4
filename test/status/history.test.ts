import { expect, test } from 'vitest';
import { type SessionStoreStatus, statusSchema } from '../../src/api/status.ts';
import type { Observed } from '../../src/desired/observed.ts';
import { assess } from '../../src/status/assessment.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  cleanupJob,
  cleanupResult,
  cronJob,
  finishedSetup,
  observed,
  postgresSpec,
  sessionStore,
  setupResult,
} from '../builders.ts';

const status = (parts: Partial<Observed>): SessionStoreStatus => statusOf(assess(observed(parts)));
const readyOf = ({ conditions }: SessionStoreStatus) => {
  const ready = conditions?.find(({ type }) => type === 'Ready');
  return `${ready?.status} ${ready?.reason}`;
};

const store = sessionStore();
const healthy = { store, setupJobs: [finishedSetup(store, setupResult())], cronJob: cronJob() };

/** The store as the API server has it after that status was written. */
const asWritten = (parts: Partial<Observed>) => sessionStore(postgresSpec, { status: status(parts) });

test('runs that an older schedule did not have are not missed', () => {
  const run = cleanupJob('web-cleanup-1', cleanupResult(), 0, '2026-11-20T11:17:09Z');
  const parts = { ...healthy, cleanupJobs: [run] };
  const weekly = sessionStore({ ...postgresSpec, cleanup: { schedule: '17 11 * * 5' } });
  const before = status({ ...parts, store: weekly });
  const sixDaysOn = new Date('2026-11-26T18:00:00Z');
  const daily = (cleanupStatus: SessionStoreStatus, now: Date) =>
    status({
      ...parts,
      now,
      store: sessionStore(
        { ...postgresSpec, cleanup: { schedule: '17 11 * * *' } },
        { status: cleanupStatus },
      ),
    });
  const changed = daily(before, sixDaysOn);
  expect(readyOf(changed)).toBe('True Ready');
  expect(changed.cleanup?.scheduleChangedAt).toBe('2026-11-26T18:00:00Z');
  // The same status again, whenever it is asked for, until three of the new periods have passed.
  expect(daily(changed, new Date('2026-11-29T11:00:00Z'))).toEqual(changed);
  expect(readyOf(daily(changed, new Date('2026-11-29T13:00:00Z')))).toBe('False RunsMissed');
});

test('a run that began before another and ended after it is the last one, and stays it', () => {
  const long = cleanupJob('by-hand', cleanupResult({ deleted: 1 }), 0, '2026-11-20T11:40:00Z');
  const short = cleanupJob('web-cleanup-1', cleanupResult({ deleted: 2 }), 0, '2026-11-20T11:20:00Z');
  const { status: _running, ...job } = long.job;
  const first = { ...healthy, cleanupJobs: [{ ...long, job, pods: [] }, short] };
  expect(status(first).cleanup?.lastRun?.jobName).toBe('web-cleanup-1');
  const both = { ...healthy, store: asWritten(first), cleanupJobs: [long, short] };
  expect(status(both).cleanup?.lastRun).toMatchObject({ jobName: 'by-hand', deleted: 1 });
  expect(status({ ...both, store: asWritten(both) }).cleanup?.lastRun?.jobName).toBe('by-hand');
});

test.each(['nonsense', '-3', '1e9', ''])(
  'a Job whose annotations say %s by now leaves a status that can be written',
  (text) => {
    const { job, ...rest } = finishedSetup(store, setupResult());
    const annotations = {
      ...job.metadata.annotations,
      'sessionstore.dev/attempt': text,
      'sessionstore.dev/generation': text,
    };
    const edited = { ...rest, job: { ...job, metadata: { ...job.metadata, annotations } } };
    const written = status({ ...healthy, setupJobs: [edited] });
    expect(statusSchema.safeParse(JSON.parse(JSON.stringify(written)))).toMatchObject({ success: true });
    expect(written.setup?.attempt).toBe(1);
  },
);
