import type { RunnerInput } from '../api/runner-input.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { cliManager, managedByLabel, storeLabel, taskLabel } from '../state/labels.ts';
import type { JobOptions } from '../state/observed.ts';
import { podTemplate } from './pod-template.ts';
import { cleanupInput, runnerArgs } from './runner-args.ts';

/** Long enough for the counts, which have limits of their own, and for a pod that waits for its node or image. */
const deadlineSeconds = 600;
/** The command that made the Job deletes it; this is for one that was killed. */
const ttlSeconds = 600;

/** Labels of a Job that a person's command makes, and of its pod. They are not those by which the operator finds its own. */
export const planLabels = {
  [managedByLabel]: cliManager,
  'app.kubernetes.io/name': 'session-store',
  'sessionstore.dev/command': 'plan',
} as const;

type Json = Readonly<Record<string, unknown>>;

interface SecurityContext extends Json {
  readonly fsGroup?: number;
  readonly fsGroupChangePolicy?: string;
  readonly supplementalGroups?: readonly number[];
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly securityContext: SecurityContext;
    readonly containers: readonly { readonly volumeMounts: readonly { readonly name: string }[] }[];
    readonly volumes: readonly { readonly persistentVolumeClaim?: Json }[];
  };
}

/** The same groups without fsGroup, to which the kubelet gives every file of a claim before a container starts. */
function withoutFsGroup({
  fsGroup,
  fsGroupChangePolicy: _policy,
  supplementalGroups = [],
  ...rest
}: SecurityContext): Json {
  const groups = [...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])];
  return { ...rest, ...(groups.length > 0 && { supplementalGroups: groups }) };
}

/** The pod of a set-up that cannot write: its claim is read-only to the kubelet too, and no gate holds it. */
function readOnlyTemplate(store: SessionStoreResource, args: readonly string[], options: JobOptions): object {
  const { setup, ...spec } = store.spec;
  // Only a migration waits for its claim.
  const { migrate: _migrate, ...rest } = setup ?? {};
  const made = podTemplate({ ...store, spec: { ...spec, setup: rest } }, 'setup', args, options);
  const { metadata, spec: pod } = made as unknown as Template;
  const { [managedByLabel]: _manager, [taskLabel]: _task, [storeLabel]: _store, ...labels } = metadata.labels;
  const containers = pod.containers.map((container) => ({
    ...container,
    volumeMounts: container.volumeMounts.map((mount) =>
      mount.name === 'volume' ? { ...mount, readOnly: true } : mount,
    ),
  }));
  const volumes = pod.volumes.map(({ persistentVolumeClaim: claim, ...volume }) => ({
    ...volume,
    ...(claim && { persistentVolumeClaim: { ...claim, readOnly: true } }),
  }));
  return {
    metadata: { ...metadata, labels: { ...labels, ...planLabels } },
    spec: { ...pod, securityContext: withoutFsGroup(pod.securityContext), containers, volumes },
  };
}

/** The arguments of a set-up, with what clean-up reads. */
function planArgs(
  store: SessionStoreResource,
  options: JobOptions,
  recorded: Pick<RunnerInput, 'spentTokens' | 'recordedTimeZone'>,
): readonly string[] {
  const [, flag = '', text = '', ...rest] = runnerArgs(store, 'setup', options, deadlineSeconds, recorded);
  const input = JSON.parse(text) as RunnerInput;
  const { cleanup } = store.spec;
  const planned = {
    ...input,
    store: { ...input.store, ...(cleanup && { cleanup: cleanupInput(cleanup) }) },
  };
  return ['plan-store', flag, JSON.stringify(planned), ...rest];
}

/** A Job that reports what set-up and the first clean-up would do. It belongs to no SessionStore, which may not exist yet. */
export function planJob(
  store: SessionStoreResource,
  name: string,
  options: JobOptions,
  recorded: Pick<RunnerInput, 'spentTokens' | 'recordedTimeZone'> = {},
) {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: store.metadata.namespace, labels: planLabels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: deadlineSeconds,
      ttlSecondsAfterFinished: ttlSeconds,
      template: readOnlyTemplate(store, planArgs(store, options, recorded), options),
    },
  };
}
