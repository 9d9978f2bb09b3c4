import { backendIn, type StoreSpec } from '../api/effective.ts';
import { operatorName } from '../api/group.ts';
import type { OperatorOptions } from './observed.ts';

type Images = Pick<OperatorOptions, 'runnerImage' | 'pythonRunnerImage'>;

/** True if the store's Jobs need the image with Python. */
export function needsPython(spec: StoreSpec): boolean {
  const { kind, spec: backend } = backendIn(spec);
  return kind.podRequirements(backend).image === 'python';
}

/**
 * The reason why there is no image for the store's Jobs, which no change of the spec can fix; undefined if there is
 * one.
 */
export function imageProblem(spec: StoreSpec, { pythonRunnerImage }: Images): string | undefined {
  if (pythonRunnerImage !== undefined || !needsPython(spec)) return undefined;
  return (
    `Expected an image with Python for the Jobs of backend ${backendIn(spec).name}; the operator was ` +
    'started without one: set its flag --python-runner-image to the image ' +
    `${operatorName}-python of the same version.`
  );
}

/** The image of the store's Jobs. */
export function runnerImageOf(spec: StoreSpec, images: Images): string {
  const image = needsPython(spec) ? images.pythonRunnerImage : images.runnerImage;
  if (image === undefined) throw new Error(imageProblem(spec, images));
  return image;
}
