import { maxSpec } from '../api/session-store-resource.ts';
import { specProblem } from '../api/spec-problem.ts';
import { annotationProblem } from './annotations.ts';
import type { Observed } from './observed.ts';
import { imageProblem } from './runner-image.ts';

const reasons = ['InvalidSpec', 'NoRunnerImage'] as const;

/** The reason why this operator, with its options, cannot work with a store at all. */
export interface PreflightProblem {
  readonly reason: (typeof reasons)[number];
  readonly message: string;
}

export const isPreflightReason = (reason: string): boolean => (reasons as readonly string[]).includes(reason);

/** The obstacle that prevents everything else, if there is one; waiting does not remove it. */
export function preflight({ store: { spec, oversize }, options }: Observed): PreflightProblem | undefined {
  const problem =
    sizeProblem(oversize) ??
    specProblem(spec) ??
    annotationProblem('spec.pod.annotations', spec.pod?.annotations, options.allowedAnnotations) ??
    annotationProblem(
      'spec.childMetadata.annotations',
      spec.childMetadata?.annotations,
      options.allowedAnnotations,
    );
  if (problem !== undefined) return { reason: 'InvalidSpec', message: problem };
  const missing = imageProblem(spec, options);
  return missing === undefined ? undefined : { reason: 'NoRunnerImage', message: missing };
}

/** The operator keeps every spec in memory, so a huge one must not use up its limit. */
const sizeProblem = (oversize: number | undefined): string | undefined =>
  oversize === undefined
    ? undefined
    : `Expected a spec of at most ${maxSpec} characters of JSON, found ${oversize}: shorten spec.pod`;
