import { effectiveValues } from './effective.ts';
import { memoizePerObject } from './memoize.ts';
import { specSchema } from './spec.ts';
import { timeZoneProblem } from './time-zones.ts';

/**
 * The problem of a spec that the API server accepted: it was stored before a rule existed, or under another version's
 * schema. Undefined for a valid spec.
 */
export function specProblem(spec: unknown): string | undefined {
  return problemOf(spec !== null && typeof spec === 'object' ? spec : {});
}

const problemOf = memoizePerObject((spec: object): string | undefined => {
  const parsed = specSchema.safeParse(spec);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `spec.${issue?.path.join('.')}: ${issue?.message}`;
  }
  try {
    effectiveValues(parsed.data);
    const zone = parsed.data.layoutOptions?.timeZone;
    return zone === undefined ? undefined : timeZoneProblem('layoutOptions.timeZone', zone);
  } catch (error) {
    return (error as Error).message;
  }
});
