import type { ApiServer } from '../kube/api-server.ts';
import { podsPath } from '../kube/paths.ts';

interface LogOptions {
  /** Only so many lines from the end. */
  readonly tailLines?: number;
  /** Goes on until the container ends. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

/** The lines of the log of a run's pod, as they come. */
export function logLines(
  server: ApiServer,
  { name, namespace }: { readonly name: string; readonly namespace: string },
  { tailLines, follow, signal = new AbortController().signal }: LogOptions = {},
): Promise<AsyncIterable<string>> {
  const path = `${podsPath(namespace, name)}/log`;
  const query = {
    container: 'runner',
    ...(tailLines !== undefined && { tailLines: String(tailLines) }),
    ...(follow && { follow: 'true' }),
  };
  return server.log({ method: 'GET', path, query }, signal);
}

/** The right to read logs, as a Role says it. */
export const logRule = { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] } as const;
