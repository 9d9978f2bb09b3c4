import { group, plural } from '../../api/group.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { hasRight } from '../access-review.ts';
import type { Rule } from '../cli-error.ts';
import {
  toCreateJobs,
  toDeleteJobs,
  toFollow,
  toListJobs,
  toReadCronJobs,
  toReadLogs,
} from '../run/rights.ts';

/** A right that commands use, and whether the person has it. */
export interface Checked {
  readonly commands: string;
  readonly rule: Rule;
  readonly isAllowed: boolean;
}

const rule = (apiGroup: string, resource: string, ...verbs: string[]): Rule => ({
  apiGroups: [apiGroup],
  resources: [resource],
  verbs,
});

const used: readonly Omit<Checked, 'isAllowed'>[] = [
  { commands: 'status', rule: rule(group, plural, 'list') },
  { commands: 'status --watch', rule: rule(group, plural, 'watch') },
  {
    commands: 'status, doctor, logs, clean, plan, suspend, resume, request',
    rule: rule(group, plural, 'get'),
  },
  { commands: 'suspend, resume, request, plan -f', rule: rule(group, plural, 'patch') },
  { commands: 'plan -f', rule: rule(group, plural, 'create') },
  { commands: 'doctor, clean, suspend', rule: toReadCronJobs.rule },
  { commands: 'doctor, logs, clean, suspend', rule: toListJobs.rule },
  { commands: 'doctor, logs', rule: rule('', 'pods', 'list') },
  { commands: 'doctor, logs, clean, discover', rule: toReadLogs.rule },
  { commands: 'doctor', rule: rule('', 'events', 'list') },
  { commands: 'doctor', rule: rule('', 'secrets', 'get') },
  { commands: 'doctor', rule: rule('', 'persistentvolumeclaims', 'get') },
  { commands: 'clean, plan, discover', rule: toCreateJobs.rule },
  ...toFollow.map((right) => ({ commands: 'clean, plan, discover', rule: right.rule })),
  { commands: 'plan, discover; clean, to stop a run', rule: toDeleteJobs.rule },
];

/** Asks the API server what the person may do in the namespace. */
export const checkedRights = (server: ApiServer, namespace: string): Promise<readonly Checked[]> =>
  Promise.all(
    used.map(async (right) => ({
      ...right,
      isAllowed: await hasRight(server, namespace, { what: right.commands, rule: right.rule }),
    })),
  );
