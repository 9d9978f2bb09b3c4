import type { Right } from '../access-review.ts';

const right =
  (group: string) =>
  (what: string, resource: string, ...verbs: string[]): Right => ({
    what,
    rule: { apiGroups: [group], resources: [resource], verbs },
  });
const batch = right('batch');
const core = right('');

export const toReadCronJobs = batch('read CronJobs', 'cronjobs', 'get');
export const toListJobs = batch('list Jobs', 'jobs', 'list');
export const toCreateJobs = batch('create Jobs', 'jobs', 'create');
export const toDeleteJobs = batch('delete Jobs', 'jobs', 'delete');
/** To follow a run to its end, and read its results. */
export const toFollow = [
  batch('watch Jobs', 'jobs', 'list', 'watch'),
  core('watch pods', 'pods', 'list', 'watch'),
];
/** To see how far a run is. */
export const toReadLogs = core('read the logs of pods', 'pods/log', 'get');
