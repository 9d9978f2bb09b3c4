import type { Job, Pod } from '../../api/kubernetes.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { allOf } from '../../kube/list.ts';
import { jobsPath, podsPath } from '../../kube/paths.ts';
import { storeLabel, taskLabel } from '../../state/labels.ts';
import { type AccessOptions, openAccess } from '../access.ts';
import type { CommandHandler } from '../cli.ts';
import { CliError, missingRight, type Rule } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { newestOf, ownedBy } from '../objects.ts';
import { logLines, logRule } from '../pod-log.ts';
import { sessionStore } from '../session-stores.ts';
import { logText } from './log-text.ts';

interface LogsOptions extends AccessOptions {
  readonly setup?: boolean;
  readonly follow?: boolean;
}

async function permitted<T>(work: Promise<T>, what: string, namespace: string, rule: Rule): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isApiError(error, 403) ? missingRight(what, namespace, rule) : error;
  }
}

/** The newest pod of the newest Job. */
async function podToRead(
  server: ApiServer,
  { name, namespace, setup }: { readonly name: string; readonly namespace: string; readonly setup: boolean },
): Promise<Pod> {
  const labelSelector = `${storeLabel}=${name}${setup ? `,${taskLabel}=setup` : ''}`;
  const rule = (group: string, resource: string) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: ['list'],
  });
  const [jobs, pods] = await Promise.all([
    permitted(
      allOf<Job>(server, jobsPath(namespace), { labelSelector }),
      'list Jobs',
      namespace,
      rule('batch', 'jobs'),
    ),
    permitted(
      allOf<Pod>(server, podsPath(namespace), { labelSelector }),
      'list pods',
      namespace,
      rule('', 'pods'),
    ),
  ]);
  const job = newestOf(jobs);
  const pod = job && newestOf(ownedBy(pods, job));
  if (pod) return pod;
  const found = job ? `Job ${job.metadata.name}, which has no pod` : 'no Job';
  throw new CliError(
    exitCodes.notWell,
    `Expected a ${setup ? 'set-up' : 'run'} of ${name} with a pod; found ${found}`,
  );
}

/** Prints the log of the newest run. */
export const logs: CommandHandler<LogsOptions> = async ({
  args: [name = ''],
  options,
  terminal: { stdout },
}) => {
  await using access = await openAccess(options);
  const { server, namespace } = access;
  await sessionStore(access, name);
  const pod = await podToRead(server, { name, namespace, setup: options.setup ?? false });
  const opened = logLines(server, pod.metadata, options.follow ? { follow: true } : {});
  const lines = await permitted(opened, 'read logs', namespace, logRule);
  for await (const line of lines) stdout.write(`${stdout.isTTY ? logText(line) : line}\n`);
  return exitCodes.ok;
};
