import { z } from 'zod';
import type { BackendSpec, Resolved } from './backend-spec.ts';
import { hostRule } from './durus-host.ts';
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

const defaultPort = 2972;

const schema = z
  .object({
    claimName: claimName
      .optional()
      .describe(
        'Name of the PersistentVolumeClaim that holds the file or the server’s socket. Cannot change.',
      ),
    path: volumePath
      .optional()
      .describe(
        'Path of the storage file inside the claim, for a storage that no server has open. Cannot change.',
      ),
    socket: volumePath
      .optional()
      .describe(
        'Path of a Durus server’s Unix socket inside the claim. Requires colocateWith. Cannot change.',
      ),
    host: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[A-Za-z0-9:]([A-Za-z0-9.:-]*[A-Za-z0-9:])?$/)
      .meta({ 'x-kubernetes-validations': [hostRule] })
      .optional()
      .describe(
        'Host name or address of a Durus server. Loopback and link-local addresses are refused. Durus has no authentication. Cannot change.',
      ),
    port: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .describe('Port of the Durus server. Default: 2972. Cannot change.'),
    form,
    whileInUse: whileInUse.describe(
      'Whether clean-up may commit to a running server in session3’s form. Refuse (default): clean-up ' +
        'does not. Tolerate: it does, and a request that saves at that moment gets ConflictError. Has no ' +
        'effect on the Safe form.',
    ),
    pack: z
      .boolean()
      .optional()
      .describe(
        'Whether clean-up packs the storage at the end, which frees the space of deleted sessions. Default: false.',
      ),
    colocateWith,
  })
  .describe('A Durus storage: a file that no process has open, or a running server.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: '[has(self.path), has(self.socket), has(self.host)].filter(b, b).size() == 1',
        message: 'name exactly one of path (a file), socket and host (a server)',
      },
      {
        rule: '(has(self.path) || has(self.socket)) == has(self.claimName)',
        message: 'claimName goes with path or socket, and with nothing else',
      },
      { rule: '!has(self.port) || has(self.host)', message: 'port goes with host' },
      {
        rule: '!has(self.socket) || has(self.colocateWith)',
        message:
          'a socket can be reached only on its server’s node: set colocateWith to the labels of the server’s pods',
      },
      formRule,
    ],
  });

export type DurusBackend = z.output<typeof schema>;

/** The server's port, the default resolved. */
export const portOf = (spec: DurusBackend): number => spec.port ?? defaultPort;

const placeFields = ['claimName', 'path', 'socket', 'host'] as const;

export const durus: BackendSpec<DurusBackend> = {
  name: 'durus',
  title: 'Durus',
  schema,
  supports: (layout) => layout.durus === true,
  location: (spec) => {
    const place = placeFields.flatMap((field): [string, Resolved][] => {
      const value = spec[field];
      return value === undefined ? [] : [[field, { value, source: 'Spec' }]];
    });
    return {
      ...Object.fromEntries(place),
      ...(spec.host !== undefined && {
        port: { value: String(portOf(spec)), source: spec.port === undefined ? 'Default' : 'Spec' },
      }),
      // The form may change once; set-up runs again then.
      form: { value: spec.form ?? 'Session3', source: spec.form ? 'Spec' : 'Default' },
    };
  },
  describe: (spec) =>
    spec.host === undefined
      ? `Durus ${spec.socket === undefined ? 'file' : 'socket'} ${spec.path ?? spec.socket} on claim ${spec.claimName}`
      : `Durus server ${spec.host}:${portOf(spec)}`,
  immutable: () => [
    ...placeFields.map((field) => ({
      field,
      value: `(has(self.backend.durus.${field}) ? self.backend.durus.${field} : '')`,
    })),
    { field: 'port', value: `(has(self.backend.durus.port) ? self.backend.durus.port : ${defaultPort})` },
  ],
  migrates: true,
  neverCleaned: {
    when: `!has(self.backend.durus.path) && !${celEquals('durus', 'form', 'Safe')} && !${celEquals('durus', 'whileInUse', 'Tolerate')}`,
    message:
      'cleanup of a running Durus server in session3’s form makes requests that save at the same time ' +
      'fail with ConflictError: set whileInUse: Tolerate if the application retries, or form: Safe, or ' +
      'leave cleanup out',
  },
  // A server serialises its commits, whichever client sends them.
  requiresExclusiveClaim: (spec, work) => spec.path !== undefined && requiresExclusiveAccess(spec, work),
  podRequirements: (spec) => ({
    image: 'python',
    // In session3's form all sessions are one record, which is read whole: some 9 KB for each session.
    memoryLimit: '1Gi',
    ...(spec.claimName !== undefined && { claimName: spec.claimName }),
    ...(spec.colocateWith && { colocateWith: spec.colocateWith }),
    needsNeighbour: spec.socket !== undefined,
  }),
};
