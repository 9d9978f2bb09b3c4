import { z } from 'zod';
import type { BackendSpec } from './backend-spec.ts';
import {
  celEquals,
  claimName,
  colocateWith,
  form,
  formRule,
  requiresExclusiveAccess,
  volumePath,
  whileInUse,
} from './python.ts';

const schema = z
  .object({
    claimName: claimName.describe('Name of the PersistentVolumeClaim that holds the shelf. Cannot change.'),
    path: volumePath.describe(
      'Path of the shelf inside the claim, such as `shop/sessions`, as the application names it: ' +
        'without the suffix that some kinds of dbm add. Cannot change.',
    ),
    dbm: z
      .enum(['gnu', 'ndbm', 'dumb', 'sqlite3'])
      .optional()
      .describe(
        'Kind of dbm of a new shelf; the application’s Python must support it. Default: gnu. An ' +
          'existing shelf keeps its kind.',
      ),
    form,
    whileInUse: whileInUse.describe(
      'Whether clean-up may run while an application has the shelf open. Refuse (default): clean-up ' +
        'runs only while no running pod mounts the claim, which a ReadWriteOncePod claim enforces. ' +
        'Tolerate: clean-up works in slices of 10 ms, in which a request may find the file locked; ' +
        'possible for gnu, and for sqlite3 on one node. Has no effect on the Safe form.',
    ),
    colocateWith,
  })
  .describe('A file of Python’s shelve on a volume, with one pickle for each session.')
  .meta({ 'x-kubernetes-validations': [formRule] });

export type ShelveBackend = z.output<typeof schema>;

export const shelve: BackendSpec<ShelveBackend> = {
  name: 'shelve',
  title: 'Shelve',
  schema,
  supports: (layout) => layout.shelve === true,
  location: (spec) => ({
    claimName: { value: spec.claimName, source: 'Spec' },
    path: { value: spec.path, source: 'Spec' },
    // The form may change once; set-up runs again then.
    form: { value: spec.form ?? 'Session3', source: spec.form ? 'Spec' : 'Default' },
  }),
  describe: (spec) => `shelf ${spec.path} on claim ${spec.claimName}`,
  immutable: () => [
    { field: 'claimName', value: 'self.backend.shelve.claimName' },
    { field: 'path', value: 'self.backend.shelve.path' },
  ],
  migrates: true,
  neverCleaned: {
    when:
      `has(self.backend.shelve.dbm) && self.backend.shelve.dbm in ['ndbm', 'dumb'] && ` +
      `!${celEquals('shelve', 'form', 'Safe')} && ${celEquals('shelve', 'whileInUse', 'Tolerate')}`,
    message:
      'cleanup with whileInUse: Tolerate needs a dbm that locks: gnu or sqlite3. Leave whileInUse out, ' +
      'so that clean-up runs while no pod mounts the claim, or set form: Safe',
  },
  requiresExclusiveClaim: requiresExclusiveAccess,
  podRequirements: (spec) => ({
    image: 'python',
    claimName: spec.claimName,
    ...(spec.colocateWith && { colocateWith: spec.colocateWith }),
    // Locks of such a shelf do not reach other nodes, where the application may start during the run.
    needsNeighbour: spec.form !== 'Safe' && spec.whileInUse === 'Tolerate',
  }),
};
