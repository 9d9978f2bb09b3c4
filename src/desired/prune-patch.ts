import type { CronJob, Metadata } from '../api/kubernetes.ts';
import { childKeysAnnotation, exclusiveClaimGate } from '../state/labels.ts';

interface DesiredCronJob {
  readonly metadata: Pick<Metadata, 'labels' | 'annotations'>;
  readonly spec: object;
}

/** A merge patch. */
export interface CronJobPatch {
  readonly metadata: object;
  readonly spec: object;
}

type Keyed = Readonly<Record<string, unknown>>;

const removedKeys = (keys: string | undefined, desired: Keyed | undefined): Readonly<Record<string, null>> =>
  Object.fromEntries(
    (keys ?? '')
      .split(',')
      .filter((key) => key !== '' && !Object.hasOwn(desired ?? {}, key))
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
export function prunePatchOf(live: CronJob, desired: DesiredCronJob): CronJobPatch | undefined {
  const [labelKeys, annotationKeys] = (live.metadata.annotations?.[childKeysAnnotation] ?? '').split(';');
  const labels = removedKeys(labelKeys, desired.metadata.labels);
  const annotations = removedKeys(annotationKeys, desired.metadata.annotations);
  const isGateLeft = gatesIn(live).some(isClaimGate) && gatesIn(desired).length === 0;
  const gates = isGateLeft ? { spec: { schedulingGates: null } } : {};
  if (Object.keys({ ...labels, ...annotations, ...gates }).length === 0) return undefined;
  const keys = { [childKeysAnnotation]: desired.metadata.annotations?.[childKeysAnnotation] ?? '' };
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
