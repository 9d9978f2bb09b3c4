import { parseArgs } from 'node:util';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const seconds = z.coerce.number().min(1).max(86_400);
const yesNo = z.enum(['true', 'false']).transform((value) => value === 'true');

const schema = z.object({
  'runner-image': z
    .string({ error: 'is required: the image of the Jobs, usually the operator’s own' })
    .min(1),
  'runner-image-pull-policy': z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent'),
  'installation-id': z.string().min(1).max(64).optional(),
  'watch-namespace': z.array(z.string().min(1)).default([]),
  concurrency: z.coerce.number().int().min(1).max(64).default(4),
  'health-port': port.default(8081),
  'metrics-port': port.default(8080),
  'leader-elect': yesNo.default(true),
  'leader-election-namespace': z.string().min(1).optional(),
  'retry-min': seconds.default(60),
  'retry-max': seconds.default(1800),
  'log-level': z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
});

export type Flags = z.output<typeof schema>;

/** The flags of `operator`, or the sentence that says which one is wrong. */
export function parseFlags(args: readonly string[]): Flags | string {
  const options = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [
      name,
      { type: 'string' as const, multiple: name === 'watch-namespace' },
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
