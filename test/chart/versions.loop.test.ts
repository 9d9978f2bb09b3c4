import { beforeAll, describe, expect, test } from 'vitest';
import { cases } from './cases.ts';
import { type AnyObject, rendered } from './chart.ts';
import { type Definitions, definitionsOf, faultsOf } from './openapi.ts';

const objects: AnyObject[] = [];

beforeAll(async () => {
  for (const values of [{}, ...Object.values(cases)])
    objects.push(...(await rendered('v4', values)).values());
});

// The first release of each version that the chart is for.
describe.each(['1.33.0', '1.34.0', '1.35.0', '1.36.0'])('Kubernetes %s', (version) => {
  let definitions: Definitions;

  beforeAll(async () => {
    definitions = await definitionsOf(version);
  });

  test('knows each field of each object of the chart', () => {
    // Kinds of the Prometheus Operator are no part of Kubernetes.
    const own = objects.filter(({ apiVersion }) => apiVersion !== 'monitoring.coreos.com/v1');
    expect(own.length).toBeGreaterThan(80);
    expect(own.flatMap((object) => faultsOf(object, definitions))).toEqual([]);
  });

  test('shows a field that is unknown, missing or of the wrong type', () => {
    const example = objects.find(({ kind }) => kind === 'NetworkPolicy') as AnyObject;
    const policy = (spec: object): AnyObject => ({ ...example, ...{ spec } });
    const [at, podSelector] = ['networking.k8s.io/v1 NetworkPolicy.spec', {}];
    expect(faultsOf(policy({ podSelector, egres: [] }), definitions)).toEqual([`${at}.egres is unknown`]);
    expect(faultsOf(policy({ podSelector, policyTypes: 'Egress' }), definitions)).toEqual([
      `${at}.policyTypes: expected array, got "Egress"`,
    ]);
    const block = { podSelector, egress: [{ to: [{ ipBlock: {} }] }] };
    expect(faultsOf(policy(block), definitions)).toEqual([`${at}.egress[0].to[0].ipBlock.cidr is missing`]);
    const other = { ...policy({}), apiVersion: 'networking.k8s.io/v9' };
    expect(faultsOf(other, definitions)).toEqual(['networking.k8s.io/v9 NetworkPolicy is unknown']);
  });
});
