import type { SessionStoreStatus } from '../../src/api/status.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import type { Observed } from '../../src/state/observed.ts';
import { statusOf } from '../../src/status/status-of.ts';
import { cronJob, finishedSetup, observed, postgresSpec, sessionStore, setupResult } from '../builders.ts';

export const status = (parts: Partial<Observed>): SessionStoreStatus =>
  statusOf(deriveState(observed(parts)));

export const conditionsOf = (of: SessionStoreStatus) =>
  Object.fromEntries(
    (of.conditions ?? []).map(({ type, status: value, reason }) => [type, `${value} ${reason}`]),
  );

export const store = sessionStore();
export const provisioned = { store, setupJobs: [finishedSetup(store, setupResult())] };
export const healthy = { ...provisioned, cronJob: cronJob() };

/** A condition's status and reason, such as `True Ready`; undefined if the status has no condition of the type. */
export const conditionOf = (of: SessionStoreStatus, type: string): string | undefined =>
  conditionsOf(of)[type];

export const messageOf = ({ conditions }: SessionStoreStatus, type: string): string | undefined =>
  conditions?.find((condition) => condition.type === type)?.message;

/** The store as the API server has it after that status was written. */
export const asWritten = (parts: Partial<Observed>) => sessionStore(postgresSpec, { status: status(parts) });
