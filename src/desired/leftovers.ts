import type { CronJob, Metadata } from '../api/kubernetes.ts';
import { childKeysAnnotation, exclusiveClaimGate } from '../state/labels.ts';

interface Sent {
  readonly metadata: Pick<Metadata, 'labels' | 'annotations'>;
  readonly spec: object;
}

/** A merge patch. */
export interface CronJobPatch {
  readonly metadata: object;
  readonly spec: object;
}

type Keyed = Readonly<Record<string, unknown>>;

const dropped = (keys: string | undefined, sent: Keyed | undefined): Readonly<Record<string, null>> =>
  Object.fromEntries(
    (keys ?? '')
      .split(',')
      .filter((key) => key !== '' && !Object.hasOwn(sent ?? {}, key))
      .map((key) => [key, null]),
  );

type Gates = readonly { readonly name?: string }[];
interface CronJobSpec {
  readonly jobTemplate?: {
    readonly spec?: { readonly template?: { readonly spec?: { readonly schedulingGates?: Gates } } };
  };
}

const gatesIn = ({ spec }: { readonly spec: object }): Gates =>
  (spec as CronJobSpec).jobTemplate?.spec?.template?.spec?.schedulingGates ?? [];

const isClaimGate = ({ name }: { readonly name?: string }): boolean => name === exclusiveClaimGate;

/** True if all scheduling gates of the CronJob's pods are the operator's own. */
export const hasOwnGates = (cronJob: { readonly spec: object }): boolean =>
  gatesIn(cronJob).every(isClaimGate);

/**
 * The patch that removes parts that the operator once gave a CronJob and no longer does, because an apply leaves the
 * fields with which the object was created. Undefined without such parts.
 */
export function leftoversOf(there: CronJob, sent: Sent): CronJobPatch | undefined {
  const [labelKeys, annotationKeys] = (there.metadata.annotations?.[childKeysAnnotation] ?? '').split(';');
  const labels = dropped(labelKeys, sent.metadata.labels);
  const annotations = dropped(annotationKeys, sent.metadata.annotations);
  const isGateLeft = gatesIn(there).some(isClaimGate) && gatesIn(sent).length === 0;
  const gates = isGateLeft ? { spec: { schedulingGates: null } } : {};
  if (Object.keys({ ...labels, ...annotations, ...gates }).length === 0) return undefined;
  const keys = { [childKeysAnnotation]: sent.metadata.annotations?.[childKeysAnnotation] ?? '' };
  return {
    metadata: { labels, annotations: { ...annotations, ...keys } },
    spec: {
      jobTemplate: {
        metadata: { labels, annotations },
        spec: { template: { metadata: { labels }, ...gates } },
      },
    },
  };
}
