import path from 'node:path';
import { goProgram } from './go-program.ts';

/** The major versions of Helm that the chart is for. */
export const helmVersions = ['v3', 'v4'] as const;
export type HelmVersion = (typeof helmVersions)[number];

/** The path of Helm, built from its published Go module; one go.mod for all, so that Kubernetes' libraries are compiled once. */
export const helmProgram = (version: HelmVersion): Promise<string> =>
  goProgram({
    name: `helm-${version}`,
    title: `Helm ${version}`,
    source: path.join(import.meta.dirname, 'helm'),
    main: `helm.sh/helm/${version}/cmd/helm`,
  });
