import { z } from 'zod';
import { kubernetesName, labelMap } from '../kubernetes-names.ts';
import type { BackendSpec } from './backend-spec.ts';

const schema = z
  .object({
    claimName: kubernetesName.describe('The PersistentVolumeClaim the folder is on. Cannot change.'),
    path: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,239}(\/[A-Za-z0-9_][A-Za-z0-9._-]{0,239})*$/)
      .describe(
        'The folder inside the claim, such as `sessions` or `shop/sessions`: never the volume itself, never out of it, ' +
          'no dot-folder (what belongs to the operator lies in one beside it). Cannot change.',
      ),
    colocateWith: labelMap
      .optional()
      .describe(
        'Labels of the application’s pods. Set-up and clean-up then run on the node of one of them, ' +
          'as a ReadWriteOnce claim needs; on any node while no such pod has one.',
      ),
  })
  .describe('A folder on a volume, one file a session.');

export type DirectoryBackend = z.output<typeof schema>;

export const directory: BackendSpec<DirectoryBackend> = {
  name: 'directory',
  title: 'Directory',
  schema,
  supports: (layout) => layout.directory !== undefined,
  location: (spec) => ({
    claimName: { value: spec.claimName, source: 'Spec' },
    path: { value: spec.path, source: 'Spec' },
  }),
  describe: (spec) => `folder ${spec.path} on claim ${spec.claimName}`,
  immutable: () => [
    { field: 'claimName', value: 'self.backend.directory.claimName' },
    { field: 'path', value: 'self.backend.directory.path' },
  ],
  podRequirements: (spec) => ({
    claimName: spec.claimName,
    ...(spec.colocateWith && { colocateWith: spec.colocateWith }),
  }),
};
