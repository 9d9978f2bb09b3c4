import type { CronJob, Job, OwnerReference } from '../../api/kubernetes.ts';
import { dryRunAnnotation } from '../../state/labels.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { argsWith, inputIn, type Runner, runnerIn } from '../run/runner-in.ts';

interface JobTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Job['spec'] & {
    readonly template: { readonly spec: { readonly containers: readonly Runner[] } };
  };
}

/** A Job before the API server has accepted it. */
export interface NewJob {
  readonly apiVersion: 'batch/v1';
  readonly kind: 'Job';
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly Pick<
      OwnerReference,
      'apiVersion' | 'kind' | 'name' | 'uid' | 'controller'
    >[];
  };
  readonly spec: Job['spec'];
}

const unexpected = (cronJob: CronJob) =>
  new CliError(
    exitCodes.unavailable,
    `Expected CronJob ${cronJob.metadata.name} to have a container "runner" with the argument --store, as the operator ` +
      'made it; another client has changed it. The operator corrects it once it runs',
  );

function dryRunOf(spec: JobTemplate['spec'], cronJob: CronJob): Job['spec'] {
  const { template } = spec;
  const runner = runnerIn({ spec });
  const input = runner && inputIn(runner);
  if (!runner || !input?.store) throw unexpected(cronJob);
  const store = { ...input.store, cleanup: { ...input.store.cleanup, dryRun: true } };
  const args = argsWith(runner, { ...input, store });
  const containers = template.spec.containers.map((container) =>
    container === runner ? { ...container, args } : container,
  );
  return { ...spec, template: { ...template, spec: { ...template.spec, containers } } };
}

/**
 * A Job as `kubectl create job --from=cronjob/…` makes it:
 * https://github.com/kubernetes/kubectl/blob/v0.36.3/pkg/cmd/create/create_job.go. The owner reference does not block
 * the owner's deletion, which would need a right on finalizers. A dry run differs by one argument of its runner, and by
 * an annotation with which the operator keeps it out of status.
 */
export function manualJob(
  cronJob: CronJob,
  { name, dryRun }: { readonly name: string; readonly dryRun: boolean },
): NewJob {
  const { metadata = {}, spec } = cronJob.spec['jobTemplate'] as JobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      ...(metadata.labels && { labels: metadata.labels }),
      annotations: {
        'cronjob.kubernetes.io/instantiate': 'manual',
        ...metadata.annotations,
        ...(dryRun && { [dryRunAnnotation]: 'true' }),
      },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: cronJob.metadata.name,
          uid: cronJob.metadata.uid,
          controller: true,
        },
      ],
    },
    spec: dryRun ? dryRunOf(spec, cronJob) : spec,
  };
}
