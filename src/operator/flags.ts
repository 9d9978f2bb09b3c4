import { parseArgs } from 'node:util';
import { z } from 'zod';
import { isReservedKey, reservedMessage } from '../api/child-metadata.ts';
import { imagePullPolicies } from '../api/kubernetes.ts';
import { labelKey, labelValue } from '../api/kubernetes-names.ts';
import { annotationPattern } from '../state/annotations.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const seconds = z.coerce.number().min(1).max(86_400);
const yesNo = z.enum(['true', 'false']).transform((value) => value === 'true');

/** Splits `key=value`; the value may contain further `=`. */
export function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

const pairs = (value: z.ZodType<string>) =>
  z
    .array(
      z
        .string()
        .refine((text) => text.includes('='), 'expected key=value')
        .refine((text) => labelKey.safeParse(pairOf(text)[0]).success, 'expected a label’s key before the =')
        .refine(
          (text) => value.safeParse(pairOf(text)[1]).success,
          'expected a value that Kubernetes accepts',
        )
        .refine((text) => !isReservedKey(pairOf(text)[0]), reservedMessage),
    )
    .max(16)
    .default([]);

const schema = z.object({
  'runner-image': z
    .string({ error: 'is required: the image of the Jobs, usually the operator’s own image' })
    .min(1)
    .describe('Image of the Jobs, usually the operator’s own image. Required.'),
  'python-runner-image': z
    .string()
    .min(1)
    .optional()
    .describe('Image of the Jobs for the backends shelve and durus. If left out, such stores are refused.'),
  'runner-image-pull-policy': z
    .enum(imagePullPolicies)
    .default('IfNotPresent')
    .describe('Image pull policy of the Jobs.'),
  'installation-id': z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      'Identifier of this installation in the mark of every store. Default: the uid of the namespace kube-system.',
    ),
  'watch-namespace': z
    .array(z.string().min(1))
    .default([])
    .describe('Namespace to watch; may be given several times. Default: all namespaces.'),
  'allow-pod-annotations': z
    .array(
      z
        .string()
        .max(317)
        .regex(annotationPattern, 'expected an annotation’s key, a prefix such as example.com/*, or *'),
    )
    .default([])
    .describe(
      'Annotation that SessionStores may set on pods: a key, or a prefix such as example.com/*; may be given several times.',
    ),
  'child-label': pairs(labelValue).describe(
    'Label of every created CronJob, Job and pod, as key=value; may be given several times. Labels in a SessionStore take precedence.',
  ),
  'child-annotation': pairs(z.string().max(512)).describe(
    'Annotation of every created CronJob and Job, as key=value; may be given several times.',
  ),
  concurrency: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('Number of stores that are reconciled at the same time.'),
  'health-port': port.default(8081).describe('Port of /healthz and /readyz.'),
  'metrics-port': port.default(8080).describe('Port of /metrics.'),
  'leader-elect': yesNo
    .default(true)
    .describe('Whether leader election is on: only the replica that holds the Lease reconciles.'),
  'leader-election-namespace': z
    .string()
    .min(1)
    .optional()
    .describe('Namespace of the Lease. Default: the operator’s own namespace.'),
  'retry-min': seconds.default(60).describe('Initial retry delay of a failed set-up, in seconds.'),
  'retry-max': seconds.default(1800).describe('Maximum retry delay of a failed set-up, in seconds.'),
  'claim-check-interval': seconds
    .default(30)
    .describe('Interval, in seconds, of the checks whether pods still mount a claim.'),
  'log-level': z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('Lowest level of messages that are logged.'),
});

export type Flags = z.output<typeof schema>;

const repeatable = new Set(['watch-namespace', 'allow-pod-annotations', 'child-label', 'child-annotation']);

/** The flags of `operator`, or a message that says which flag is wrong. */
export function parseFlags(args: readonly string[]): Flags | string {
  const options = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [
      name,
      { type: 'string' as const, multiple: repeatable.has(name) },
    ]),
  );
  let values: Record<string, unknown>;
  try {
    ({ values } = parseArgs({ args: [...args], options, strict: true }));
  } catch (error) {
    return (error as Error).message;
  }
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  return result.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('; ');
}

/** The output of `operator --help`. */
export function usage(): string {
  const defaults: Readonly<Record<string, unknown>> = schema.partial().parse({});
  const lines = Object.entries(schema.shape).map(([name, { description = '' }]) => {
    const value = defaults[name];
    const shown = value === undefined || Array.isArray(value) ? '' : ` (${value})`;
    return `  --${name.padEnd(28)} ${description}${shown}`;
  });
  return `sessionstore operator: watches SessionStores, provisions and cleans them\n\n${lines.join('\n')}\n`;
}
