import { group, plural } from '../../api/group.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { hasRight } from '../access-review.ts';
import type { Rule } from '../cli-error.ts';

/** A right that commands use, and whether the person has it. */
export interface Checked {
  readonly commands: string;
  readonly rule: Rule;
  readonly isAllowed: boolean;
}

const rule = (apiGroup: string, resource: string, verb: string): Rule => ({
  apiGroups: [apiGroup],
  resources: [resource],
  verbs: [verb],
});

const used: readonly Omit<Checked, 'isAllowed'>[] = [
  { commands: 'status', rule: rule(group, plural, 'list') },
  { commands: 'suspend, resume, request', rule: rule(group, plural, 'patch') },
  { commands: 'doctor, logs', rule: rule('batch', 'jobs', 'list') },
  { commands: 'doctor, logs', rule: rule('', 'pods', 'list') },
  { commands: 'doctor, logs', rule: rule('', 'pods/log', 'get') },
  { commands: 'doctor', rule: rule('', 'events', 'list') },
  { commands: 'doctor', rule: rule('', 'secrets', 'get') },
  { commands: 'clean, plan, discover', rule: rule('batch', 'jobs', 'create') },
];

/** Asks the API server what the person may do in the namespace. */
export const checkedRights = (server: ApiServer, namespace: string): Promise<readonly Checked[]> =>
  Promise.all(
    used.map(async (right) => ({
      ...right,
      isAllowed: await hasRight(server, namespace, { what: right.commands, rule: right.rule }),
    })),
  );
