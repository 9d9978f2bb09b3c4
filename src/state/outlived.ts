import type { Pod } from '../api/kubernetes.ts';
import { runnerOf, terminatedOf } from './pod-end.ts';

/** The containers beside the runner that have not ended. Native sidecars are none of them: they end with their pod. */
export const othersIn = (pod: Pod): readonly string[] =>
  (pod.status?.containerStatuses ?? [])
    .filter((container) => container !== runnerOf(pod) && !container.state?.terminated)
    .map(({ name }) => name);

const isDisrupted = ({ status }: Pod): boolean =>
  status?.conditions?.some((found) => found.type === 'DisruptionTarget' && found.status === 'True') ?? false;

/**
 * How the runner ended, where its pod cannot tell: another container goes on, a mesh's sidecar for example, or one failed where
 * the runner did not. A pod on its way out is left to its end, which the Job's own policy judges.
 */
export function outlivedEnd(pod: Pod): ReturnType<typeof terminatedOf> {
  const ended = terminatedOf(pod);
  if (!ended || pod.metadata.deletionTimestamp || isDisrupted(pod)) return undefined;
  const isSpoiled = ended.exitCode === 0 && pod.status?.phase === 'Failed';
  return isSpoiled || othersIn(pod).length > 0 ? ended : undefined;
}
