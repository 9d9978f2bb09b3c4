import { isDeepStrictEqual } from 'node:util';
import { cleanupRequestAnnotation, requestAnnotation } from '../api/group.ts';
import { maxSpec, type SessionStoreResource } from '../api/session-store-resource.ts';
import type { SessionStoreStatus } from '../api/status.ts';
import { boundedCopy, cut } from './bounded-copy.ts';
import { lengthOf, maxKept, metadataOf } from './projection.ts';

/** Limits in characters of JSON: of a status as the operator writes it, and of its ten runs, which have about 1,400. */
const maxStatus = 49_152;
const maxHistory = 2048;
/** Maximum length of a request annotation, as in status. */
const maxRequest = 256;

function storeMetadataOf(metadata: SessionStoreResource['metadata']): SessionStoreResource['metadata'] {
  const { labels: _labels, ownerReferences: _owners, annotations: _all, ...rest } = metadataOf(metadata);
  const requests = [requestAnnotation, cleanupRequestAnnotation].flatMap((key) => {
    const value = metadata.annotations?.[key];
    return value === undefined ? [] : [[key, cut(value, maxRequest)] as const];
  });
  const kept = { ...rest, ...(requests.length > 0 && { annotations: Object.fromEntries(requests) }) };
  return kept as SessionStoreResource['metadata'];
}

/** Reads a spec that may be invalid. */
const suspensionOf = (spec: SessionStoreResource['spec'] | undefined) => ({
  suspend: spec?.suspend === true,
  cleanup: { suspend: spec?.cleanup?.suspend === true },
});

/** A store as it is reconciled: an oversized spec is its suspension, and a status that is longer than the operator writes it is dropped. */
export function boundedStore(store: SessionStoreResource): SessionStoreResource {
  const { apiVersion, kind, metadata, spec, status } = store;
  const size = lengthOf(spec);
  const kept = {
    apiVersion,
    kind,
    metadata: storeMetadataOf(metadata),
    ...(size > maxSpec ? { spec: suspensionOf(spec), oversize: size } : { spec }),
    ...(status && lengthOf(status) <= maxStatus && { status }),
  };
  return kept as SessionStoreResource;
}

/** An equal spec stays the same object: what is computed once for each spec then outlasts a write of status. */
const specOf = ({ spec }: SessionStoreResource, known: SessionStoreResource | undefined) =>
  known && isDeepStrictEqual(known.spec, spec) ? known.spec : spec;

/** Takes the history out of a status, as JSON: the cache holds it as one text. */
function historyApart({ status, historyText = '' }: SessionStoreResource) {
  if (!status?.cleanup) return { status, historyText };
  const { history, ...cleanup } = status.cleanup;
  return { status: { ...status, cleanup }, historyText: history ? JSON.stringify(history) : historyText };
}

/** The part of a longer store that a suspension and metrics need. */
function shortened(
  { spec }: SessionStoreResource,
  status: SessionStoreStatus | undefined,
): Pick<SessionStoreResource, 'isShortened' | 'spec' | 'status'> {
  const { conditions, cleanup, connection } = status ?? {};
  const kept = {
    isShortened: true,
    spec: suspensionOf(spec),
    ...(status && { status: boundedCopy({ conditions, cleanup, connection }, 3072, 64) }),
  };
  return kept as Pick<SessionStoreResource, 'isShortened' | 'spec' | 'status'>;
}

/** A store as the cache keeps it: one that is longer than usual by its suspension and the part of status that metrics read. */
export function projectStore(
  store: SessionStoreResource,
  known?: SessionStoreResource,
): SessionStoreResource {
  const { apiVersion, kind, metadata, spec } = store;
  const { status, historyText } = historyApart(store);
  const isLong = lengthOf(spec) + lengthOf(status) > maxKept || historyText.length > maxHistory;
  const kept = {
    apiVersion,
    kind,
    metadata: storeMetadataOf(metadata),
    ...(store.isShortened || isLong
      ? shortened(store, status)
      : {
          spec: specOf(store, known),
          ...(status && { status }),
          ...(historyText && { historyText }),
        }),
  };
  return kept as SessionStoreResource;
}

/** A store of the cache with the history of its runs, as it is reconciled. */
export function withHistory(store: SessionStoreResource): SessionStoreResource {
  const { historyText, status, ...rest } = store;
  if (historyText === undefined || !status?.cleanup) return store;
  const cleanup = { ...status.cleanup, history: JSON.parse(historyText) };
  return { ...rest, status: { ...status, cleanup } };
}
