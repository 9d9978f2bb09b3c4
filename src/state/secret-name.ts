import { backendIn, type StoreSpec } from '../api/effective.ts';
import type { Task } from './labels.ts';

/** The Secret of this task: clean-up may have its own, with fewer rights. */
export function secretNameOf(spec: StoreSpec, task: Task): string | undefined {
  const backend = backendIn(spec);
  const own = task === 'cleanup' ? spec.cleanup?.connection?.secretName : undefined;
  return own ?? backend.kind.secretName?.(backend.spec);
}
