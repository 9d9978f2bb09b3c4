import { stringify } from 'yaml';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import { type Kstatus, kstatusCases } from '../status/kstatus-cases.ts';

type ArgoStatus = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended';

/** Argo CD's word for a status of kstatus. */
const words: Readonly<Record<Kstatus, ArgoStatus>> = {
  Current: 'Healthy',
  InProgress: 'Progressing',
  Failed: 'Degraded',
  Terminating: 'Progressing',
};

/** The expected health. A suspended store is shown as such, unless a user has to act or it is being deleted. */
export const argoStatusOf = ({ spec }: SessionStoreResource, kstatus: Kstatus): ArgoStatus =>
  spec.suspend && (kstatus === 'Current' || kstatus === 'InProgress') ? 'Suspended' : words[kstatus];

/** The message that a user of Argo CD reads: that of the condition which decides. */
function argoMessageOf({ metadata, status }: SessionStoreResource, expected: ArgoStatus): string {
  if (metadata.deletionTimestamp !== undefined) return 'The SessionStore is being deleted';
  if (status?.observedGeneration !== metadata.generation)
    return 'Waiting for the operator to see the last change';
  const types = { Healthy: 'Ready', Progressing: 'Reconciling', Degraded: 'Stalled', Suspended: 'Suspended' };
  const found = status?.conditions?.find(({ type }) => type === types[expected]);
  return `${found?.reason}: ${found?.message}`;
}

/** The part of an object that its health depends on. */
const inputOf = ({ status, ...object }: SessionStoreResource): string => {
  const { observedGeneration, conditions } = status ?? {};
  return stringify(
    { ...object, status: { observedGeneration, ...(conditions && { conditions }) } },
    { lineWidth: 0 },
  );
};

/** A test of Argo CD's resource customizations: its input file, and the expected health. */
const tests = kstatusCases.map(([title, object, kstatus]) => {
  const status = argoStatusOf(object, kstatus);
  const name = title.replace(/^an? /, '').replace(/[^\w]+/g, '-');
  return {
    inputPath: `testdata/${status.toLowerCase()}_${name}.yaml`,
    healthStatus: { status, message: argoMessageOf(object, status) },
    input: inputOf(object),
  };
});

/** The files of the folder: each object, and the list of tests. */
export const argoFiles: ReadonlyMap<string, string> = new Map([
  ...tests.map(({ inputPath, input }) => [inputPath, input] as const),
  [
    'health_test.yaml',
    stringify(
      { tests: tests.map(({ healthStatus, inputPath }) => ({ healthStatus, inputPath })) },
      { lineWidth: 0 },
    ),
  ],
]);
