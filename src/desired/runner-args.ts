import { connectionMountPath, volumeMountPath } from '../api/backends/pod-requirements.ts';
import type { RunnerInput } from '../api/runner-input.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { Task } from '../state/labels.ts';
import type { OperatorOptions } from '../state/observed.ts';

const commandOf = { setup: 'setup', cleanup: 'delete-old' } as const;

/** The part of a spec that a run of the task needs. */
export function storeInput(spec: SessionStoreResource['spec'], task: Task): RunnerInput['store'] {
  const { backend, layout, layoutOptions, customLayout, setup, cleanup } = spec;
  return {
    backend: task === 'cleanup' ? cleanedBackend(spec) : backend,
    ...(layout && { layout }),
    ...(layoutOptions && { layoutOptions }),
    ...(customLayout && { customLayout }),
    ...(task === 'setup' && setup && { setup }),
    ...(task === 'cleanup' && cleanup && { cleanup: cleanupInput(cleanup) }),
  };
}

/**
 * The runner's command line. It contains only the parts of the spec that clean-up or set-up needs, so that another
 * change leaves the pod template as it is. Secrets are files; the command line contains only their names.
 */
export function runnerArgs(
  store: SessionStoreResource,
  task: Task,
  { installation }: Pick<OperatorOptions, 'installation'>,
  deadlineSeconds: number,
  recorded: Pick<RunnerInput, 'spentTokens' | 'recordedTimeZone' | 'marked' | 'counted'> = {},
): readonly string[] {
  const input: RunnerInput = {
    owner: {
      installation,
      namespace: store.metadata.namespace,
      name: store.metadata.name,
    },
    store: storeInput(store.spec, task),
    ...recorded,
  };
  return [
    commandOf[task],
    '--store',
    JSON.stringify(input),
    '--connection',
    connectionMountPath,
    '--volume',
    volumeMountPath,
    '--deadline-seconds',
    String(deadlineSeconds),
  ];
}

/** The backend as clean-up uses it: with clean-up's own Secret, if it has one. */
function cleanedBackend({
  backend,
  cleanup,
}: SessionStoreResource['spec']): SessionStoreResource['spec']['backend'] {
  if (!cleanup?.connection) return backend;
  const entries = Object.entries(backend).map(([name, spec]) => [
    name,
    { ...spec, connection: cleanup.connection },
  ]);
  return Object.fromEntries(entries);
}

type Cleanup = NonNullable<SessionStoreResource['spec']['cleanup']>;

/** The presence of an own connection matters, because its time zone may differ from the application's. */
export function cleanupInput({ connection, expiredFor, unmodifiedFor, dryRun, pace }: Cleanup): Cleanup {
  return {
    ...(connection && { connection }),
    ...(expiredFor && { expiredFor }),
    ...(unmodifiedFor && { unmodifiedFor }),
    ...(dryRun !== undefined && { dryRun }),
    ...(pace && { pace }),
  };
}
