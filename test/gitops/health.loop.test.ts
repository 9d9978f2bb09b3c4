import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../../scripts/cluster/paths.ts';
import { kstatusCases } from '../status/kstatus-cases.ts';
import { argoStatusOf } from './argo-testdata.ts';
import { healthOf } from './health-program.ts';

const folder = path.join(repository, 'deploy/gitops');
const read = (file: string): Promise<string> => readFile(path.join(folder, file), 'utf8');
const lua = await read('argo-cd/health.lua');
const kustomization = await read('flux/session-stores.yaml');
const objects = kstatusCases.map(([, object]) => object);
const answers = await healthOf({ lua, kustomization, objects });

test('the objects have each status that kstatus gives to an object that exists', () => {
  expect([...new Set(answers.map(({ kstatus }) => kstatus))].sort()).toEqual([
    'Current',
    'Failed',
    'InProgress',
    'Terminating',
  ]);
});

test.each(kstatusCases.map(([title, object, kstatus], index) => ({ title, object, kstatus, index })))(
  'kstatus, Flux and Argo CD agree on $title',
  ({ object, kstatus, index }) => {
    expect(answers[index]?.kstatus).toBe(kstatus);
    // healthCheckExprs know three states.
    expect(answers[index]?.flux).toBe(kstatus === 'Terminating' ? 'InProgress' : kstatus);
    expect(answers[index]?.argo.status).toBe(argoStatusOf(object, kstatus));
  },
);

test('an object that is gone is NotFound for both of Flux’s ways', async () => {
  const found = await healthOf({ lua, kustomization, objects, absent: true });
  expect(new Set(found.map(({ kstatus }) => kstatus))).toEqual(new Set(['NotFound']));
  expect(new Set(found.map(({ flux }) => flux))).toEqual(new Set(['NotFound']));
});

test('each test of health_test.yaml passes', async () => {
  const { tests } = parse(await read('argo-cd/health_test.yaml')) as {
    tests: { inputPath: string; healthStatus: object }[];
  };
  const inputs = await Promise.all(tests.map(({ inputPath }) => read(`argo-cd/${inputPath}`)));
  const found = await healthOf({ lua, kustomization, objects: inputs.map((input) => parse(input)) });
  expect(found.map(({ argo }) => argo)).toEqual(tests.map(({ healthStatus }) => healthStatus));
});

test('an unknown field of Flux’s Kustomization is refused', async () => {
  const wrong = kustomization.replace('inProgress:', 'progressing:');
  await expect(healthOf({ lua, kustomization: wrong, objects })).rejects.toThrow('unknown field');
});

test('a script that returns no table, or runs on and on, is refused', async () => {
  const [first] = objects;
  const ask = (script: string) => healthOf({ lua: script, kustomization, objects: [first] });
  await expect(ask('return "Healthy"')).rejects.toThrow('return a table');
  await expect(ask('while true do end')).rejects.toThrow('deadline exceeded');
});
