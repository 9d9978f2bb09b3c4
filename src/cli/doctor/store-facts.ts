import { backendIn } from '../../api/effective.ts';
import type { CronJob, Job, KubeEvent, Pod } from '../../api/kubernetes.ts';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { cleanupCronJobName } from '../../state/child-names.ts';
import { storeLabel } from '../../state/labels.ts';
import { secretNameOf } from '../../state/secret-name.ts';
import { NamespaceReader } from '../namespace-reader.ts';
import type { ReadResult } from '../read-result.ts';

export interface SecretFacts {
  readonly name: string;
  /** The names of its keys; their values are dropped where the Secret is read. */
  readonly keys: ReadResult<readonly string[]>;
}

export interface ClaimFacts {
  readonly name: string;
  readonly phase: ReadResult<string>;
}

/** All that a diagnosis of a store needs, read once with the rights of the person. */
export interface StoreFacts {
  readonly store: SessionStoreResource;
  readonly now: Date;
  readonly jobs: ReadResult<readonly Job[]>;
  /** Undefined where the spec has no clean-up. */
  readonly cronJob: ReadResult<CronJob> | undefined;
  readonly pods: ReadResult<readonly Pod[]>;
  /** Warnings of the namespace. */
  readonly events: ReadResult<readonly KubeEvent[]>;
  readonly secrets: readonly SecretFacts[];
  readonly claim: ClaimFacts | undefined;
}

/** The keys of a Secret. The API server sends the values with them; they go no further than this function. */
const keysOf = (secret: unknown): readonly string[] =>
  Object.keys((secret as { readonly data?: object }).data ?? {}).sort();

const phaseOf = (claim: unknown): string =>
  (claim as { readonly status?: { readonly phase?: string } }).status?.phase ?? 'unknown';

const secretNamesOf = ({ spec }: SessionStoreResource): readonly string[] => [
  ...new Set(
    [secretNameOf(spec, 'setup'), ...(spec.cleanup ? [secretNameOf(spec, 'cleanup')] : [])].flatMap(
      (name) => name ?? [],
    ),
  ),
];

function claimNameOf({ spec }: SessionStoreResource): string | undefined {
  const backend = backendIn(spec);
  return backend.kind.podRequirements(backend.spec).claimName;
}

export async function storeFacts(
  server: ApiServer,
  store: SessionStoreResource,
  now: Date,
): Promise<StoreFacts> {
  const { name, namespace } = store.metadata;
  const reader = new NamespaceReader(server, namespace);
  const ofStore = { labelSelector: `${storeLabel}=${name}` };
  const claimName = claimNameOf(store);
  const [jobs, cronJob, pods, events, secrets, phase] = await Promise.all([
    reader.list<Job>('list Jobs', 'batch', 'jobs', ofStore),
    store.spec.cleanup &&
      reader.get(
        'get CronJobs',
        'batch',
        'cronjobs',
        cleanupCronJobName(name),
        (object) => object as CronJob,
      ),
    reader.list<Pod>('list pods', '', 'pods', ofStore),
    reader.list<KubeEvent>('list events', '', 'events', { fieldSelector: 'type=Warning' }),
    Promise.all(
      secretNamesOf(store).map(async (secret) => ({
        name: secret,
        keys: await reader.get(`read Secret ${secret}`, '', 'secrets', secret, keysOf),
      })),
    ),
    claimName === undefined
      ? undefined
      : reader.get(`get claim ${claimName}`, '', 'persistentvolumeclaims', claimName, phaseOf),
  ]);
  const claim = claimName !== undefined && phase ? { name: claimName, phase } : undefined;
  return { store, now, jobs, cronJob, pods, events, secrets, claim };
}
