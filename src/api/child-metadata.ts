import { z } from 'zod';
import { group } from './group.ts';
import { labelKey, labelMap, labelRules } from './kubernetes-names.ts';

/** Keys that have a meaning for the operator or for Kubernetes' own controllers. */
const reserved = `^([^/]*[.])?(${group.replaceAll('.', '[.]')}|batch[.]kubernetes[.]io)/|^(controller-uid|job-name)$`;
const reservedPattern = new RegExp(reserved);

export const isReservedKey = (key: string): boolean => reservedPattern.test(key);

export const reservedMessage = `keys below ${group}/ and batch.kubernetes.io/, controller-uid and job-name are reserved`;

const notReserved = { rule: `self.all(key, !key.matches('${reserved}'))`, message: reservedMessage };

const freeKeys = { 'x-kubernetes-validations': [...labelRules, notReserved] };

/** Labels with keys that are not reserved. */
export const freeLabels = labelMap.meta({ maxProperties: 16, ...freeKeys });

const annotations = z.record(labelKey, z.string().max(512)).meta({ maxProperties: 8, ...freeKeys });

/** Labels and annotations that a cluster's policies and queues require of a store's objects. */
export const childMetadataSchema = z
  .object({
    labels: freeLabels
      .optional()
      .describe(
        'Labels of the CronJob, the Jobs and their pods, for policies that require labels or for a ' +
          'queue (`kueue.x-k8s.io/queue-name`). The operator’s own labels take precedence; on pods, so ' +
          'does `pod.labels`.',
      ),
    annotations: annotations
      .optional()
      .describe(
        'Annotations of the CronJob and the Jobs, not of their pods. The operator’s flag ' +
          '`--allow-pod-annotations` must name each one.',
      ),
  })
  .describe('Labels and annotations of the CronJob and the Jobs. A change does not start set-up again.');
