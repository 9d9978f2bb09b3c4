import { z } from 'zod';
import { kubernetesName, labelMap } from '../kubernetes-names.ts';

/** A file's path inside a claim. */
export const volumePath = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}(\/[A-Za-z0-9_][A-Za-z0-9._-]{0,200})*$/);

export const claimName = kubernetesName;

export const colocateWith = labelMap
  .optional()
  .describe(
    'Labels of the application’s pods. Set-up and clean-up then run on the node of one of them, ' +
      'as a ReadWriteOnce claim needs; on any node while no such pod has one, except for a Durus socket and for a shelf ' +
      'with whileInUse: Tolerate, which wait for it. Does not apply to a run that waits until no pod mounts the claim.',
  );

export const form = z
  .enum(['Session3', 'Safe'])
  .optional()
  .describe(
    'Which classes use the store. Session3 (default): those of session3. Safe: those of this project’s Python package ' +
      '`sessionstore`, which many processes can share and which is cleaned at any time. From Session3 to Safe with ' +
      'setup.migrate; there is no way back.',
  );

/** Of the backend, which cannot change its kind: so there is always an old one to compare with. */
export const formRule = {
  rule: "!(has(oldSelf.form) && oldSelf.form == 'Safe') || (has(self.form) && self.form == 'Safe')",
  message: 'form cannot go back from Safe to Session3: what was saved since has another form',
};

/** CEL: whether the spec says so of the backend; what is left out is Session3, and Refuse. */
export const celEquals = (backend: string, field: 'form' | 'whileInUse', value: string): string =>
  `(has(self.backend.${backend}.${field}) && self.backend.${backend}.${field} == '${value}')`;

export const whileInUse = z.enum(['Refuse', 'Tolerate']).optional();

interface Use {
  readonly form?: z.output<typeof form>;
  readonly whileInUse?: z.output<typeof whileInUse>;
}

/** session3's classes take no lock that keeps a clean-up apart, and a migration begins where they end. */
export const requiresExclusiveAccess = ({ form, whileInUse }: Use, work: 'cleanup' | 'migration'): boolean =>
  work === 'migration' ? form === 'Safe' : form !== 'Safe' && whileInUse !== 'Tolerate';
