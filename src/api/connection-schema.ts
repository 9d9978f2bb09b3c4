import { z } from 'zod';
import { kubernetesName } from './kubernetes-names.ts';

/**
 * Host and credentials come from one Secret, so that a user cannot send a Secret that they may not read to a host of
 * their own. The keys are those of the Service Binding specification and of the common database operators.
 */
export const connectionSchema = z
  .object({
    secretName: kubernetesName.describe(
      'Name of a Secret in this namespace with `uri`, or with `host`, `port`, `username`, `password` ' +
        'and `database` (or `dbname`); for TLS also `sslmode`, `ca.crt`, `tls.crt`, `tls.key`. The ' +
        'Secret is mounted in the Job’s pod; the operator never reads it.',
    ),
  })
  .describe('Connection to the database server.');
