import { z } from 'zod';
import { group, kind, plural, shortName, singular, version } from './group.ts';
import type { Rule } from './rule.ts';
import { specSchema } from './spec.ts';
import { statusSchema } from './status.ts';

type JsonSchema = Record<string, unknown>;

/**
 * Names of children end in `-cleanup` (a CronJob's name has at most 52 characters) or `-setup-<hash>-<n>` (a Job's 63),
 * and are values of labels.
 */
const nameRule = {
  rule: "self.metadata.name.size() <= 44 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
  message:
    'metadata.name must be a DNS label (no dots) of at most 44 characters: the names of Jobs and CronJobs are made from it',
};

/** Keywords of JSON schema that a structural schema must not have. */
const dropped = new Set(['$schema', 'propertyNames', 'id']);

/** A pattern with its message as a rule, too: the API server's own message would be the pattern alone. */
function worded({ patternMessage, ...schema }: JsonSchema): JsonSchema {
  if (patternMessage === undefined) return schema;
  const { pattern, 'x-kubernetes-validations': others = [] } = schema;
  const rule: Rule = { rule: `self.matches(r'${pattern}')`, message: String(patternMessage) };
  return { ...schema, 'x-kubernetes-validations': [rule, ...(others as readonly Rule[])] };
}

/** A zod schema as the structural schema that Kubernetes accepts. */
function structural(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(structural);
  if (node === null || typeof node !== 'object') return node;
  const entries = Object.entries(node).filter(
    // "additionalProperties: false" beside properties is refused; unknown fields are pruned anyway.
    ([key, value]) => !dropped.has(key) && !(key === 'additionalProperties' && value === false),
  );
  return worded(Object.fromEntries(entries.map(([key, value]) => [key, structural(value)])));
}

function schemaOf(schema: z.ZodType): JsonSchema {
  return structural(
    z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' }),
  ) as JsonSchema;
}

const conditionColumn = (name: string, type: string, field: string, priority = 0) => ({
  name,
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=="${type}")].${field}`,
  ...(priority > 0 && { priority }),
});

const printerColumns = [
  { name: 'Store', type: 'string', jsonPath: '.status.store' },
  conditionColumn('Ready', 'Ready', 'status'),
  conditionColumn('Reason', 'Ready', 'reason'),
  { name: 'Last run', type: 'date', jsonPath: '.status.cleanup.lastRun.finishedAt' },
  { name: 'Outcome', type: 'string', jsonPath: '.status.cleanup.lastRun.outcome' },
  { name: 'Deleted', type: 'integer', jsonPath: '.status.cleanup.lastRun.deleted' },
  { name: 'Overdue', type: 'integer', jsonPath: '.status.cleanup.lastRun.overdue' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Layout', type: 'string', jsonPath: '.status.effective.layout.value', priority: 1 },
  { name: 'Schedule', type: 'string', jsonPath: '.status.cleanup.schedule', priority: 1 },
  { name: 'Running', type: 'date', jsonPath: '.status.cleanup.active.startedAt', priority: 1 },
  { name: 'Oldest stale', type: 'date', jsonPath: '.status.cleanup.oldestStale', priority: 1 },
  conditionColumn('Message', 'Ready', 'message', 1),
];

/** The CustomResourceDefinition, made whole from the zod schemas. */
export function sessionStoreCrd(): JsonSchema {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames: [shortName] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: printerColumns,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description:
                'The session store of an application: its location, and settings for creating and cleaning it.',
              required: ['spec'],
              'x-kubernetes-validations': [nameRule],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: schemaOf(specSchema),
                // An object that was never reconciled must not look healthy: kstatus compares observedGeneration with
                // the generation.
                status: { ...schemaOf(statusSchema), default: { observedGeneration: -1 } },
              },
            },
          },
        },
      ],
    },
  };
}
