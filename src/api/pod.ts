import { z } from 'zod';
import { kubernetesName, labelMap } from './names.ts';

const quantity = z
  .string()
  .max(32)
  .regex(/^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/);
const quantities = z.record(z.string().max(253), quantity).meta({ maxProperties: 8 });
const id = z.int().min(0).max(2_147_483_647);

const toleration = z.object({
  key: z.string().max(317).optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: z.string().max(63).optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().min(0).max(2_147_483_647).optional(),
});

/** A piece of the Kubernetes API that is passed on as it is and validated where the pod is made. */
const passedOn = z.record(z.string(), z.unknown()).meta({ 'x-kubernetes-preserve-unknown-fields': true });

/** What a platform team may set on the pods of set-up and clean-up; the rest is fixed and satisfies `restricted`. */
export const podSchema = z
  .object({
    resources: z
      .object({ requests: quantities.optional(), limits: quantities.optional() })
      .optional()
      .describe(
        'Of the runner’s container. Default: requests of 20m CPU and 64Mi, a limit of 256Mi, of 1Gi for Durus.',
      ),
    nodeSelector: labelMap.optional(),
    affinity: passedOn.optional().describe('As in a Pod.'),
    tolerations: z.array(toleration).max(16).optional(),
    securityContext: z
      .object({
        runAsUser: id.min(1).optional().describe('Default: the image’s user, 65532.'),
        runAsGroup: id.optional(),
        fsGroup: id
          .optional()
          .describe('No default: it would touch every file and open private ones to the group.'),
        fsGroupChangePolicy: z.enum(['OnRootMismatch', 'Always']).optional(),
        supplementalGroups: z.array(id).max(16).optional(),
      })
      .optional(),
    serviceAccountName: kubernetesName.optional().describe('No token of it is mounted.'),
    priorityClassName: kubernetesName.optional(),
    imagePullSecrets: z
      .array(z.object({ name: kubernetesName }))
      .max(8)
      .optional(),
    labels: labelMap.optional(),
    annotations: z
      .record(z.string().max(317), z.string().max(1024))
      .meta({ maxProperties: 16 })
      .optional()
      .describe(
        'Annotations of the pods. Only those that keep an injector away (such as `sidecar.istio.io/inject: "false"`), and those ' +
          'that the operator’s flag `--allow-pod-annotations` names.',
      ),
  })
  .describe('Settings of the pods of set-up and clean-up.');

export type PodSettings = z.output<typeof podSchema>;
