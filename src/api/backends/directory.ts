import { z } from 'zod';
import { kubernetesName, labelMap } from '../kubernetes-names.ts';
import type { BackendSpec } from './backend-spec.ts';
import { pathInClaim } from './path-in-claim.ts';

export const folderPath = pathInClaim(239);

const schema = z
  .object({
    claimName: kubernetesName.describe(
      'Name of the PersistentVolumeClaim that holds the folder. Cannot change.',
    ),
    path: folderPath.describe(
      'Path of the folder inside the claim, such as `sessions` or `shop/sessions`. The volume’s ' +
        'root, paths out of the volume and names that begin with a dot are refused; the operator keeps ' +
        'its own files in a dot-folder beside the folder. Cannot change.',
    ),
    colocateWith: labelMap
      .optional()
      .describe(
        'Labels of the application’s pods. Set-up and clean-up then run on the node of one of these ' +
          'pods, as a ReadWriteOnce claim needs, or on any node while no such pod is on a node.',
      ),
  })
  .describe('A folder on a volume, with one file for each session.');

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
