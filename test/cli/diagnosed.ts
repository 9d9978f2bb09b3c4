import type { SessionStoreStatus } from '../../src/api/status.ts';
import type { Diagnosis } from '../../src/cli/doctor/step.ts';
import type { ReadResult } from '../../src/cli/read-result.ts';
import { postgresSpec, sessionStore } from '../builders.ts';

export const conditions = (
  status: 'True' | 'False',
  reason: string,
  message: string,
): SessionStoreStatus['conditions'] => [
  {
    type: 'Ready',
    status,
    reason,
    message,
    observedGeneration: 1,
    lastTransitionTime: '2026-11-20T11:00:06Z',
  },
  {
    type: 'Provisioned',
    status,
    reason,
    message,
    observedGeneration: 1,
    lastTransitionTime: '2026-11-20T11:00:06Z',
  },
];

export const see = <T>(value: T): ReadResult<T> => ({ state: 'found', value });
export const why = 'You may not do this in namespace shop. A Role with this rule permits it: {…}';
export const refused = { state: 'refused', why } as const;
export const absent = { state: 'absent' } as const;

export const wrongPassword = 'the server refused the password of role shop';
export const failing = sessionStore(postgresSpec, {
  status: { observedGeneration: 1, conditions: conditions('False', 'AuthenticationFailed', wrongPassword) },
});
export const verdictsOf = ({ steps }: Diagnosis) =>
  Object.fromEntries(steps.map(({ name, verdict }) => [name, verdict]));
export const textOf = (diagnosis: Diagnosis, name: string): string =>
  diagnosis.steps
    .filter((step) => step.name === name)
    .flatMap(({ text }) => text)
    .join('\n');
