import type { KubeObject } from '../api/kubernetes.ts';
import type { ApiServer } from '../kube/api-server.ts';
import { allOf } from '../kube/list.ts';
import { deploymentsPath } from '../kube/paths.ts';
import { type ReadResult, tryRead } from './read-result.ts';

/** The namespace of the manifests and of the chart's instructions. */
const usualNamespace = 'session-store-system';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: { readonly spec: { readonly containers: readonly Container[] } };
  };
  readonly status?: { readonly readyReplicas?: number };
}

export const operatorContainer = ({ spec }: Deployment): Container | undefined =>
  spec.template.spec.containers.find(({ args }) => args?.[0] === 'operator');

/** The value of a flag of the operator, as the container gets it; undefined if it is not given or not readable here. */
export function flagOf(deployment: Deployment, name: string): string | undefined {
  const { args = [], env = [] } = operatorContainer(deployment) ?? {};
  const at = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  const arg = args[at];
  const text = arg?.includes('=') ? arg.slice(arg.indexOf('=') + 1) : args[at + 1];
  if (at < 0 || text === undefined) return undefined;
  // Kubernetes replaces $(NAME) by the variable; one whose value comes from elsewhere stays, and is not readable here.
  const value = text.replace(
    /\$\((\w+)\)/g,
    (whole, variable: string) => env.find((each) => each.name === variable)?.value ?? whole,
  );
  return value === '' || value.includes('$(') ? undefined : value;
}

const isOperator = (deployment: Deployment): boolean =>
  operatorContainer(deployment)?.args?.some((arg) => arg.startsWith('--runner-image')) ?? false;

/** Looks in all namespaces, and in the usual one if that is not permitted. */
export async function operatorDeployments(server: ApiServer): Promise<ReadResult<readonly Deployment[]>> {
  const rule = { apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] };
  const ask = (path: string, namespace?: string) =>
    tryRead(allOf<Deployment>(server, path), { what: 'list Deployments', namespace, rule });
  const everywhere = await ask(deploymentsPath());
  const found =
    everywhere.state === 'refused' ? await ask(deploymentsPath(usualNamespace), usualNamespace) : everywhere;
  return found.state === 'found' ? { ...found, value: found.value.filter(isOperator) } : found;
}
