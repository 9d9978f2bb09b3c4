import { describe, expect, test } from 'vitest';
import type { SetupReport } from '../../src/api/runner-result.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import type { SessionStoreStatus } from '../../src/api/status.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import type { Observed, ObservedJob } from '../../src/state/observed.ts';
import {
  cleanupJob,
  cleanupResult,
  cronJob,
  failureResult,
  finishedSetup,
  observed,
  postgresSpec,
  sessionStore,
  setupResult,
} from '../builders.ts';
import { conditionOf, messageOf, status } from './status-fixture.ts';

const saidOf = (of: SessionStoreStatus) => messageOf(of, 'CleanedUp');

const missing = failureResult('StoreMissing', 'Expected table public.session; it does not exist');
const ownSecret: SessionStoreSpec = {
  ...postgresSpec,
  cleanup: { ...postgresSpec.cleanup, connection: { secretName: 'shop-cleaner' } },
};

function endedAt(observedJob: ObservedJob, completionTime: string): ObservedJob {
  return {
    ...observedJob,
    job: { ...observedJob.job, status: { ...observedJob.job.status, completionTime } },
  };
}

/** A store with clean-ups that end as given, an hour apart, and with set-ups a minute after each if they are due. */
class Life {
  status: SessionStoreStatus | undefined;
  setUps = 0;
  readonly #spec: SessionStoreSpec;
  #hour = 0;

  constructor(spec: SessionStoreSpec) {
    this.#spec = spec;
    this.setUp('Created');
  }

  get store() {
    return sessionStore(this.#spec, this.status && { status: this.status });
  }

  #look(parts: Partial<Observed>): SessionStoreStatus {
    this.status = status({ store: this.store, cronJob: cronJob(), ...parts });
    return this.status;
  }

  setUp(outcome: SetupReport['outcome']): SessionStoreStatus {
    this.setUps += 1;
    const job = finishedSetup(this.store, setupResult({ outcome }), 0, this.setUps);
    return this.#look({ setupJobs: [endedAt(job, this.#time(1))] });
  }

  /** One run; the status after it, and after the set-up that it calls for. */
  run(result = missing, outcome: SetupReport['outcome'] = 'Verified'): readonly SessionStoreStatus[] {
    this.#hour += 1;
    const exitCode = result.failure ? 66 : 0;
    const after = this.#look({
      cleanupJobs: [cleanupJob(`run-${this.#hour}`, result, exitCode, this.#time(0))],
    });
    const isDue = deriveState(observed({ store: this.store, cronJob: cronJob() })).setupDue !== undefined;
    return isDue ? [after, this.setUp(outcome)] : [after];
  }

  #time(minute: number): string {
    return `2026-11-20T${String(this.#hour).padStart(2, '0')}:0${minute}:00Z`;
  }
}

describe('a clean-up that finds no store where set-up, by another Secret, finds it', () => {
  test('takes Ready away at once and for good, and says where to look', () => {
    const life = new Life(ownSecret);
    for (const statuses of [life.run(), life.run(), life.run()]) {
      for (const status of statuses) {
        expect(conditionOf(status, 'Ready')).toBe('False StoreMissing');
        // Set-up's own Secret says otherwise.
        expect(conditionOf(status, 'Provisioned')).toBe('True Provisioned');
      }
    }
    expect(life.status?.cleanup?.failures).toBe(3);
    expect(conditionOf(life.status ?? {}, 'Stalled')).toBe('True StoreMissing');
    expect(saidOf(life.status ?? {})).toMatch(
      /does not exist; set-up finds .* Secret shop-db, .* Secret shop-cleaner: cleanup.connection probably names another database/,
    );
  });

  test('has set-up look once, not after every run', () => {
    const life = new Life(ownSecret);
    for (let n = 0; n < 5; n += 1) life.run();
    life.run(failureResult('ConnectionFailed', 'refused'));
    life.run();
    expect(life.setUps).toBe(2);
  });

  test('is over with the first run that finds it', () => {
    const life = new Life(ownSecret);
    life.run();
    expect(conditionOf(life.run(cleanupResult()).at(-1) ?? {}, 'Ready')).toBe('True Ready');
    expect(life.status?.cleanup).not.toHaveProperty('missingSince');
    life.run();
    expect(life.setUps).toBe(3);
  });
});

describe('a store that is gone', () => {
  test('is not Stalled while set-up is about to make it', () => {
    const [gone = {}, made = {}] = new Life(postgresSpec).run(missing, 'Created');
    expect(conditionOf(gone, 'Ready')).toBe('False StoreMissing');
    expect(conditionOf(gone, 'Stalled')).toBeUndefined();
    expect(conditionOf(gone, 'Reconciling')).toBe('True StoreMissing');
    expect(conditionOf(gone, 'Provisioned')).toBe('False StoreMissing');
    expect(conditionOf(made, 'Ready')).toBe('True Ready');
    expect(conditionOf(made, 'CleanedUp')).toBe('Unknown AwaitingFirstRun');
    expect(saidOf(made)).toMatch(/set-up has created the store again/);
  });

  test('is made again each time it goes', () => {
    const life = new Life(postgresSpec);
    for (let n = 0; n < 4; n += 1) expect(life.run(missing, 'Created')).toHaveLength(2);
  });

  test('in three runs is not Ready, although set-up made it in between, until a run succeeds', () => {
    const life = new Life(postgresSpec);
    for (let n = 0; n < 2; n += 1) life.run(missing, 'Created');
    expect(conditionOf(life.status ?? {}, 'Ready')).toBe('True Ready');
    life.run(missing, 'Created');
    expect(conditionOf(life.status ?? {}, 'Ready')).toBe('False StoreMissing');
    expect(saidOf(life.status ?? {})).toMatch(/set-up has created the store again.*3 runs in a row/);
    expect(conditionOf(life.status ?? {}, 'Stalled')).toBeUndefined();
    expect(conditionOf(life.status ?? {}, 'Reconciling')).toBe('True StoreMissing');
    life.run(cleanupResult());
    expect(conditionOf(life.status ?? {}, 'Ready')).toBe('True Ready');
  });

  test('and is back before set-up checks is not reported as made again', () => {
    const life = new Life(postgresSpec);
    const [, back = {}] = life.run();
    expect(conditionOf(back, 'Ready')).toBe('True Ready');
    expect(saidOf(back)).toMatch(/set-up has checked the store/);
  });

  test('is not Ready after three runs that missed it, for any set-up in between', () => {
    const life = new Life(postgresSpec);
    for (let n = 0; n < 3; n += 1) life.run();
    expect(conditionOf(life.status ?? {}, 'Ready')).toBe('False StoreMissing');
    expect(conditionOf(life.status ?? {}, 'Stalled')).toBe('True StoreMissing');
    expect(saidOf(life.status ?? {})).toMatch(/after 2026-11-20T01:00:00Z.*reconcile-requested-at/);
    expect(life.setUps).toBe(2);
  });
});
