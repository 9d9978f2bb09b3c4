import { z } from 'zod';
import { labelKey, labelMap, labelValue } from './kubernetes-names.ts';

/** Kubernetes' own affinity, bounded, with Kubernetes' own rules where the schema can express them. */
const validations = (...rules: readonly { readonly rule: string; readonly message: string }[]) => ({
  'x-kubernetes-validations': rules,
});

const values = z.array(labelValue).max(8).optional();

const valuesFitOperator = (operators: readonly string[]) => ({
  rule: `(self.operator in [${operators.map((each) => `'${each}'`).join(', ')}]) == (has(self.values) && self.values.size() > 0)`,
  message: `operators ${operators.join(', ')} need values, the others take none`,
});

const labelRequirement = z
  .object({ key: labelKey, operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']), values })
  .meta(validations(valuesFitOperator(['In', 'NotIn'])));

const nodeRequirement = z
  .object({ key: labelKey, operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']), values })
  .meta(
    validations(valuesFitOperator(['In', 'NotIn', 'Gt', 'Lt']), {
      rule: "!(self.operator in ['Gt', 'Lt']) || (has(self.values) && self.values.size() == 1)",
      message: 'operators Gt, Lt need a single value',
    }),
  );

/** Field selector of a node. Kubernetes supports only the name. */
const nodeField = z.object({
  key: z.enum(['metadata.name']),
  operator: z.enum(['In', 'NotIn']),
  values: z
    .array(
      z
        .string()
        .max(63)
        .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/),
    )
    .min(1)
    .max(1),
});

const nodeTerm = z.object({
  matchExpressions: z.array(nodeRequirement).max(4).optional(),
  matchFields: z.array(nodeField).max(1).optional(),
});

const labelSelector = z.object({
  matchLabels: labelMap.optional(),
  matchExpressions: z.array(labelRequirement).max(4).optional(),
});

const podTerm = z.object({
  labelSelector: labelSelector.optional(),
  namespaceSelector: labelSelector.optional(),
  namespaces: z
    .array(
      z
        .string()
        .max(63)
        .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
    )
    .max(4)
    .optional(),
  topologyKey: labelKey.min(1),
});

const weight = z.int().min(1).max(100);

const podAffinity = z.object({
  requiredDuringSchedulingIgnoredDuringExecution: z.array(podTerm).max(4).optional(),
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(z.object({ weight, podAffinityTerm: podTerm }))
    .max(4)
    .optional(),
});

const nodeAffinity = z.object({
  requiredDuringSchedulingIgnoredDuringExecution: z
    .object({ nodeSelectorTerms: z.array(nodeTerm).min(1).max(4) })
    .optional(),
  preferredDuringSchedulingIgnoredDuringExecution: z
    .array(z.object({ weight, preference: nodeTerm }))
    .max(4)
    .optional(),
});

/** `affinity` of a pod. The schema is typed, so that a typo is refused in the manifest and not in the Job. */
export const affinitySchema = z
  .object({
    nodeAffinity: nodeAffinity.optional(),
    podAffinity: podAffinity.optional(),
    podAntiAffinity: podAffinity.optional(),
  })
  .describe(
    'Affinity of the pods, as in a Pod’s spec, with at most four terms in each list. `matchLabelKeys` and `mismatchLabelKeys` are not supported.',
  );
