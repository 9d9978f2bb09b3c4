import type { ImagePullPolicy, Job } from '../../api/kubernetes.ts';
import { parsedJson } from '../../api/parsed-json.ts';
import type { RunnerInput } from '../../api/runner-input.ts';

/** The container of a Job's pods that does its work. */
export interface Runner {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: ImagePullPolicy;
  readonly args?: readonly string[];
}

/** The pods of a Job, as its template has them, with the fields that a caller reads. */
export function podSpecIn<Fields = unknown>(
  job: Pick<Job, 'spec'> | undefined,
): (Fields & { readonly containers?: readonly Runner[] }) | undefined {
  const template = job?.spec?.['template'] as {
    readonly spec?: Fields & { readonly containers?: readonly Runner[] };
  };
  return template?.spec;
}

/** The runner of a Job; undefined if another client has taken it out. */
export const runnerIn = (job: Pick<Job, 'spec'>): Runner | undefined =>
  podSpecIn(job)?.containers?.find(({ name }) => name === 'runner');

/** The place of the value of `--store` in a runner's arguments; 0 without one. */
const placeOfInput = ({ args = [] }: Runner): number => args.indexOf('--store') + 1;

/** The input that a runner is given; undefined if another client has changed it beyond reading. */
export function inputIn(runner: Runner): RunnerInput | undefined {
  const at = placeOfInput(runner);
  const input = at > 0 ? parsedJson(runner.args?.[at] ?? '') : undefined;
  return (input ?? undefined) as RunnerInput | undefined;
}

/** The arguments of a runner that is told to do something else. */
export const argsWith = (runner: Runner, input: RunnerInput): readonly string[] =>
  (runner.args ?? []).with(placeOfInput(runner), JSON.stringify(input));
