import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { type HelmVersion, helmProgram } from '../../scripts/cluster/helm.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { run } from '../../scripts/cluster/run.ts';
import type { KubeObject } from '../../src/api/kubernetes.ts';

export const chart = path.join(repository, 'deploy/chart');
export const namespace = 'session-store-system';
export const release = 'session-store-operator';

/** A Kubernetes object of any kind. */
export type AnyObject = KubeObject & { readonly apiVersion: string; readonly kind: string };

export const objectsIn = (text: string): readonly AnyObject[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as AnyObject | null)
    .filter((object) => object !== null);

/** Identifies an object among those of an installation. */
export const nameOf = ({ kind, metadata }: AnyObject): string =>
  [kind, metadata.namespace, metadata.name].filter((part) => part !== undefined).join(' ');

/** Runs Helm of this version. */
export async function helm(version: HelmVersion, ...args: readonly string[]): Promise<string> {
  return run(await helmProgram(version), args);
}

/** The objects that the chart, or a package of it, makes with these values, by name. */
export async function rendered(
  version: HelmVersion,
  values: object = {},
  source = chart,
): Promise<ReadonlyMap<string, AnyObject>> {
  const options = [`--namespace=${namespace}`, '--kube-version=1.36.0', '--values=-'];
  const text = await run(await helmProgram(version), ['template', release, source, ...options], {
    input: JSON.stringify(values),
  });
  return new Map(objectsIn(text).map((object) => [nameOf(object), object]));
}

/** Content of a YAML file. */
export const parsed = (text: string): Record<string, unknown> => parse(text);
