import type { Pod } from '../api/kubernetes.ts';
import { runnerOf, terminatedOf } from './pod-end.ts';

/**
 * The containers beside the runner that have not ended. Native sidecars do not count, because they end with their pod.
 */
export const othersIn = (pod: Pod): readonly string[] =>
  (pod.status?.containerStatuses ?? [])
    .filter((container) => container !== runnerOf(pod) && !container.state?.terminated)
    .map(({ name }) => name);

const isDisrupted = ({ status }: Pod): boolean =>
  status?.conditions?.some((found) => found.type === 'DisruptionTarget' && found.status === 'True') ?? false;

/**
 * The end of the runner if its pod cannot show it: another container still runs, for example a mesh's sidecar, or one
 * failed and the runner did not. A pod that is being deleted is left to finish, for the Job's own policy to judge.
 */
export function outlivedEnd(pod: Pod): ReturnType<typeof terminatedOf> {
  const ended = terminatedOf(pod);
  if (!ended || pod.metadata.deletionTimestamp || isDisrupted(pod)) return undefined;
  const isSpoiled = ended.exitCode === 0 && pod.status?.phase === 'Failed';
  return isSpoiled || othersIn(pod).length > 0 ? ended : undefined;
}
