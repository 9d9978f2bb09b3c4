import { goProgram } from '../../scripts/cluster/go-program.ts';

/** The path of Krew, built from its published Go module. */
export const krewProgram = (): Promise<string> =>
  goProgram({ name: 'krew', title: 'Krew', source: import.meta.dirname, main: 'sigs.k8s.io/krew/cmd/krew' });
