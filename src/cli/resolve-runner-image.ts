import type { StoreSpec } from '../api/effective.ts';
import { operatorName } from '../api/group.ts';
import { type CronJob, type ImagePullPolicy, imagePullPolicies, type Job } from '../api/kubernetes.ts';
import { isApiError } from '../kube/api-error.ts';
import { pagesOf } from '../kube/list.ts';
import { cronJobsPath } from '../kube/paths.ts';
import { managedByLabel, manager, taskLabel } from '../state/labels.ts';
import { needsPython } from '../state/runner-image.ts';
import type { Access } from './access.ts';
import { usageError } from './cli-error.ts';
import { flagOf, operatorDeployments } from './operator-deployments.ts';
import { inputIn, podSpecIn, runnerIn } from './run/runner-in.ts';

/*
 * The image of the Jobs that commands make themselves (plan, discover), for a person with no right in the operator's
 * namespace: the one that is named by --runner-image, by $SESSIONSTORE_RUNNER_IMAGE, by the CronJob of a SessionStore
 * in the namespace, by one in any namespace that the person may list, or by the operator's Deployment, if they may read
 * it; else a sentence that says what to give.
 * `resolveRunnerImage` finds it together with the installation id, which is part of each store's mark.
 */

/** An image that holds the runner, and how it is pulled. */
export interface RunnerImage {
  readonly image: string;
  readonly imagePullPolicy: ImagePullPolicy;
  /** Where the name of the image comes from, for a person. */
  readonly from: string;
  /** The id of the installation that named the image, as it stands in the marks of its stores. */
  readonly installation?: string;
  /** Settings by which the pods of the CronJob get their image and a node. */
  readonly pod?: PodPlacement;
}

export interface PodPlacement {
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly tolerations?: readonly object[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
}

export interface ImageOptions {
  readonly runnerImage?: string;
}

/** Whether Jobs need the image with Python, by its variant of the name. */
export type Variant = 'node' | 'python';

const variable = 'SESSIONSTORE_RUNNER_IMAGE';

/** The variant of the image that the Jobs of a spec run in. */
export const variantOf = (spec: StoreSpec): Variant => (needsPython(spec) ? 'python' : 'node');

function placementOf({ imagePullSecrets, tolerations, nodeSelector }: PodPlacement): PodPlacement {
  return {
    ...(imagePullSecrets && { imagePullSecrets }),
    ...(tolerations && { tolerations }),
    ...(nodeSelector && { nodeSelector }),
  };
}

/** The image of a CronJob's Jobs, if it is of the variant; undefined for a CronJob that another client has changed. */
function imageIn(cronJob: CronJob, variant: Variant): RunnerImage | undefined {
  const template = cronJob.spec['jobTemplate'] as Pick<Job, 'spec'> | undefined;
  const pod = podSpecIn<PodPlacement>(template);
  const runner = template && runnerIn(template);
  const input = runner && inputIn(runner);
  if (!pod || !runner?.image || !input?.store || variantOf(input.store) !== variant) return undefined;
  const { name, namespace } = cronJob.metadata;
  return {
    image: runner.image,
    imagePullPolicy: runner.imagePullPolicy ?? 'IfNotPresent',
    from: `CronJob ${namespace}/${name}`,
    installation: input.owner.installation,
    ...(Object.keys(placementOf(pod)).length > 0 && { pod: placementOf(pod) }),
  };
}

async function imageFromCronJobs(
  { server }: Access,
  path: string,
  variant: Variant,
): Promise<RunnerImage | undefined> {
  const labelSelector = `${managedByLabel}=${manager},${taskLabel}=cleanup`;
  try {
    for await (const { items } of pagesOf<CronJob>(server, path, { labelSelector }))
      for (const cronJob of items) {
        const found = imageIn(cronJob, variant);
        if (found) return found;
      }
  } catch (error) {
    // A person who may not list CronJobs there names the image.
    if (!isApiError(error, 403)) throw error;
  }
  return undefined;
}

const flagOfVariant = (variant: Variant): string =>
  variant === 'python' ? 'python-runner-image' : 'runner-image';

/** The image that the operator's own flag names, where the person may read its Deployment. */
async function imageFromOperator({ server }: Access, variant: Variant): Promise<RunnerImage | undefined> {
  const found = await operatorDeployments(server);
  for (const deployment of found.state === 'found' ? found.value : []) {
    const image = flagOf(deployment, flagOfVariant(variant));
    if (image === undefined) continue;
    const policy = flagOf(deployment, 'runner-image-pull-policy');
    const installation = flagOf(deployment, 'installation-id');
    const { name, namespace } = deployment.metadata;
    return {
      image,
      imagePullPolicy: imagePullPolicies.find((each) => each === policy) ?? 'IfNotPresent',
      from: `Deployment ${namespace}/${name}`,
      ...(installation !== undefined && { installation }),
    };
  }
  return undefined;
}

/** The image of the runner, by the first of the ways above; an image that is named keeps the id that is found. */
export async function resolveRunnerImage(
  access: Access,
  options: ImageOptions,
  env: Readonly<Record<string, string | undefined>>,
  variant: Variant = 'node',
): Promise<RunnerImage> {
  const there = async () =>
    (await imageFromCronJobs(access, cronJobsPath(access.namespace), variant)) ??
    (await imageFromCronJobs(access, cronJobsPath(), variant)) ??
    (await imageFromOperator(access, variant));
  const found = await there();
  const named = options.runnerImage ?? env[variable];
  if (named) {
    const from = options.runnerImage ? '--runner-image' : `$${variable}`;
    return { imagePullPolicy: 'IfNotPresent', ...found, image: named, from };
  }
  if (found) return found;
  const what = variant === 'python' ? `${operatorName}-python` : operatorName;
  throw usageError(
    `Expected the image of the runner (${what}); found no CronJob of a SessionStore and no Deployment of the operator that ` +
      `names it in a namespace that you may list: give --runner-image or set ${variable} to the image that the ` +
      `operator’s flag --${flagOfVariant(variant)} names`,
  );
}
