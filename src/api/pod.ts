import { z } from 'zod';
import { affinitySchema } from './affinity.ts';
import { freeLabels } from './child-metadata.ts';
import { kubernetesName, labelKey, labelMap, labelRules, labelValue } from './kubernetes-names.ts';

const quantity = z
  .string()
  .max(32)
  .regex(/^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/);
const resources = ['cpu', 'memory', 'ephemeral-storage'] as const;
const quantities = z.object({
  cpu: quantity.optional().describe('Amount of CPU.'),
  memory: quantity.optional().describe('Amount of memory.'),
  'ephemeral-storage': quantity.optional().describe('Amount of local storage.'),
});
const id = z.int().min(0).max(2_147_483_647);

const ofUsers = {
  rule: "!self.startsWith('system-')",
  message: 'priorityClassName must not be one of the cluster’s own: their pods evict others',
};

/** The CEL name of a field that has dashes. */
const celName = (field: string): string => field.replaceAll('-', '__dash__');

const requestsWithinLimits = resources.map((resource) => {
  const [request, limit] = ['requests', 'limits'].map((list) => `self.${list}.${celName(resource)}`);
  return {
    rule: `!has(self.requests) || !has(self.limits) || !has(${request}) || !has(${limit}) || quantity(${request}).compareTo(quantity(${limit})) <= 0`,
    message: `requests.${resource} must be at most limits.${resource}`,
  };
});

const toleration = z
  .object({
    key: labelKey.optional().describe('Key of the taint. If left out, every key matches.'),
    operator: z
      .enum(['Exists', 'Equal'])
      .optional()
      .describe('Comparison with the taint. Equal (default): key and value match. Exists: the key matches.'),
    value: labelValue.optional().describe('Value of the taint.'),
    effect: z
      .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
      .optional()
      .describe('Effect of the taint. If left out, every effect matches.'),
    tolerationSeconds: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .optional()
      .describe('Seconds for which a pod stays on a node with the taint.'),
  })
  .meta({
    'x-kubernetes-validations': [
      {
        rule: "has(self.key) || (has(self.operator) && self.operator == 'Exists')",
        message: 'operator must be Exists where there is no key',
      },
      {
        rule: "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
        message: 'value must be left out where operator is Exists',
      },
      {
        rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
        message: 'effect must be NoExecute where there are tolerationSeconds',
      },
    ],
  });

/**
 * Settings that a platform team may choose for the pods of set-up and clean-up; the rest is fixed and satisfies
 * `restricted`.
 */
export const podSchema = z
  .object({
    resources: z
      .object({
        requests: quantities.optional().describe('Requested amounts.'),
        limits: quantities.optional().describe('Maximum amounts.'),
      })
      .meta({ 'x-kubernetes-validations': requestsWithinLimits })
      .optional()
      .describe(
        'Resources of the runner’s container. Default: requests of 20m CPU and 64Mi memory; a memory limit of 256Mi, or 1Gi for Durus.',
      ),
    nodeSelector: labelMap.optional().describe('Labels that the node must have.'),
    affinity: affinitySchema.optional(),
    tolerations: z.array(toleration).max(16).optional().describe('Taints of nodes that the pods tolerate.'),
    securityContext: z
      .object({
        runAsUser: id
          .min(1)
          .optional()
          .describe('User id of the pod’s processes. Default: 65532, the image’s user.'),
        runAsGroup: id.optional().describe('Primary group of the pod’s processes.'),
        fsGroup: id
          .optional()
          .describe(
            'Group that Kubernetes gives the volume’s files to. No default, because it changes every file and lets the group read private ones.',
          ),
        fsGroupChangePolicy: z
          .enum(['OnRootMismatch', 'Always'])
          .optional()
          .describe('When Kubernetes applies fsGroup to the volume’s files.'),
        supplementalGroups: z.array(id).max(16).optional().describe('Further groups of the pod’s processes.'),
      })
      .optional()
      .describe('Users and groups of the pods, for access to files of the application.'),
    serviceAccountName: kubernetesName
      .optional()
      .describe('Service account of the pods; its token is not mounted.'),
    priorityClassName: kubernetesName
      .meta({ 'x-kubernetes-validations': [ofUsers] })
      .optional()
      .describe(
        'Priority class of the pods. The cluster’s own classes (`system-…`) are refused, because their pods evict others.',
      ),
    imagePullSecrets: z
      .array(z.object({ name: kubernetesName.describe('Name of the Secret.') }))
      .max(8)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .optional()
      .describe('Secrets with credentials for the registry of the operator’s images.'),
    labels: freeLabels.optional().describe('Labels of the pods. The operator’s own labels take precedence.'),
    annotations: z
      .record(labelKey, z.string().max(1024))
      .meta({ maxProperties: 16, 'x-kubernetes-validations': labelRules })
      .optional()
      .describe(
        'Annotations of the pods. Allowed are those that turn off an injector (such as ' +
          '`sidecar.istio.io/inject: "false"`) and those that the operator’s flag ' +
          '`--allow-pod-annotations` names.',
      ),
  })
  .describe('Settings of the pods of set-up and clean-up.');
