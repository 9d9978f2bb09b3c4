import { setTimeout as sleep } from 'node:timers/promises';
import { type Progress, progressOf } from '../../api/progress.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { logLines } from '../pod-log.ts';

/** Between two tries to read the log of a pod that runs. */
const pauseMs = 1000;

/** More lines than a run writes beside its progress: the last of them holds the newest progress. */
const tailLines = 20;

/**
 * Follows the log of a pod's runner for its progress until the signal fires. A log that breaks off, or cannot be read
 * yet, is opened again: the run does not depend on it.
 */
export async function followProgress(
  server: ApiServer,
  pod: { readonly namespace: string; readonly name: string },
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const line of await logLines(server, pod, { follow: true, tailLines, signal })) {
        const progress = progressOf(line);
        if (progress) onProgress(progress);
      }
    } catch {
      // The right may be missing, or the kubelet not ready: the figures at the end come from elsewhere.
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
