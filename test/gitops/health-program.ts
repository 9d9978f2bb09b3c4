import { readdirSync } from 'node:fs';
import path from 'node:path';
import { goProgram } from '../../scripts/cluster/go-program.ts';
import { run } from '../../scripts/cluster/run.ts';

const source = path.join(import.meta.dirname, 'health');

/** The program that runs Argo CD's Lua and Flux's own packages. */
export const healthProgram = (): Promise<string> =>
  goProgram({
    name: 'health',
    title: 'Argo CD’s Lua and Flux’s health checks',
    source,
    main: '.',
    files: readdirSync(source).filter((file) => file.endsWith('.go')),
  });

interface Question {
  /** Content of health.lua. */
  readonly lua: string;
  /** A Kustomization of Flux with healthCheckExprs, as YAML. */
  readonly kustomization: string;
  readonly objects: readonly unknown[];
  /** True if the cluster does not have the objects any more. */
  readonly absent?: boolean;
}

interface Answer {
  readonly argo: { readonly status: string; readonly message: string };
  readonly flux: string;
  readonly kstatus: string;
}

/** Health of each object. */
export async function healthOf(question: Question): Promise<readonly Answer[]> {
  return JSON.parse(await run(await healthProgram(), [], { input: JSON.stringify(question) }));
}
