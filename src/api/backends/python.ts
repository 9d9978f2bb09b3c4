import { z } from 'zod';
import { kubernetesName, labelMap } from '../kubernetes-names.ts';
import { pathInClaim } from './path-in-claim.ts';

/** A file's path inside a claim. */
export const volumePath = pathInClaim(200);

export const claimName = kubernetesName;

export const colocateWith = labelMap
  .optional()
  .describe(
    'Labels of the application’s pods. Set-up and clean-up then run on the node of one of these pods, ' +
      'as a ReadWriteOnce claim needs, or on any node while no such pod is on a node. Runs for a Durus ' +
      'socket, and for a shelf with whileInUse: Tolerate, wait for such a pod instead. Does not apply to ' +
      'a run that waits until no pod mounts the claim.',
  );

export const form = z
  .enum(['Session3', 'Safe'])
  .optional()
  .describe(
    'Classes that use the store. Session3 (default): the classes of session3. Safe: the classes of ' +
      'this project’s Python package `sessionstore`; many processes can share such a store, and clean-up ' +
      'can run at any time. setup.migrate allows the change from Session3 to Safe; the change back is ' +
      'refused.',
  );

/** Rule of the backend. The kind of a backend cannot change, so there is always an old backend to compare with. */
export const formRule = {
  rule: "!(has(oldSelf.form) && oldSelf.form == 'Safe') || (has(self.form) && self.form == 'Safe')",
  message: 'form cannot change from Safe back to Session3: sessions saved since then have another format',
};

/** CEL: true if the backend's field has this value. A field that is left out is Session3 or Refuse. */
export const celEquals = (backend: string, field: 'form' | 'whileInUse', value: string): string =>
  `(has(self.backend.${backend}.${field}) && self.backend.${backend}.${field} == '${value}')`;

export const whileInUse = z.enum(['Refuse', 'Tolerate']).optional();

interface Use {
  readonly form?: z.output<typeof form>;
  readonly whileInUse?: z.output<typeof whileInUse>;
}

/**
 * True if the work needs exclusive access: session3's classes take no lock that clean-up could respect, and a migration
 * starts from their form.
 */
export const requiresExclusiveAccess = ({ form, whileInUse }: Use, work: 'cleanup' | 'migration'): boolean =>
  work === 'migration' ? form === 'Safe' : form !== 'Safe' && whileInUse !== 'Tolerate';
