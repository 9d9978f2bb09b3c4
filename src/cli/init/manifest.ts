import { effectiveCleanup, layoutIn } from '../../api/effective.ts';
import { apiVersion, kind } from '../../api/group.ts';
import { type SessionStoreSpec, specSchema } from '../../api/spec.ts';
import { layoutOf } from '../../layouts/index.ts';
import { settingsOf } from '../../layouts/layout.ts';
import type { InitOptions } from '../commands/init.ts';
import { countsOnly, labelOf } from '../discover/manifests.ts';

/** The options with an answer to every question. */
export type Complete = InitOptions & Required<Pick<InitOptions, 'backend' | 'layout'>>;

const backendOf = ({ backend, secret, claim, path, schema, table }: Complete): object => {
  if (backend === 'directory') return { directory: { claimName: claim, path } };
  const place = {
    connection: { secretName: secret },
    ...(backend === 'postgres' && schema !== undefined && { schema }),
    ...(table !== undefined && { table }),
  };
  return { [backend]: place };
};

/** With the age written out, and counting first, as docs/moving-in.md says. */
function counting(spec: SessionStoreSpec, age: string | undefined): SessionStoreSpec {
  const isExpiry = layoutIn(spec).age === 'expiry';
  const given = isExpiry ? { expiredFor: age } : { unmodifiedFor: age };
  const effective = effectiveCleanup({ ...spec, cleanup: given })?.age;
  return specSchema.parse({
    ...spec,
    cleanup: { ...(effective && { [effective.field]: effective.value }), dryRun: true },
  });
}

/** The manifest, and what a reader should know of it. */
export function manifestOf(answers: Complete): {
  readonly store: { readonly metadata: { readonly name: string }; readonly spec: SessionStoreSpec };
  readonly comments: readonly string[];
} {
  const { backend, layout: shape, ttl, timeZone, namespace, table, path } = answers;
  const { layout: layoutName, variant } = settingsOf(shape);
  const layout = layoutOf(layoutName, variant);
  const form = backend === 'directory' ? undefined : layout[backend];
  const name = answers.name ?? labelOf(table ?? path ?? form?.table ?? layoutName);
  const options = {
    ...(variant !== undefined && { variant }),
    ...(timeZone !== undefined && { timeZone }),
    ...(ttl !== undefined && { ttl }),
  };
  const spec = specSchema.parse({
    backend: backendOf(answers),
    layout: layoutName,
    ...(Object.keys(options).length > 0 && { layoutOptions: options }),
  });
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  return {
    // A library that may keep ended sessions on purpose is cleaned only if the spec says that it does not.
    store: { apiVersion, kind, metadata, spec: layout.mayPreserve ? spec : counting(spec, answers.age) } as {
      metadata: typeof metadata;
      spec: SessionStoreSpec;
    },
    comments: layout.mayPreserve
      ? [
          `${layout.title} can be set to keep ended sessions on purpose, so nothing is deleted.`,
          'If it does not: set layoutOptions.deletePreserved: true and cleanup: {dryRun: true}, to count first.',
        ]
      : [countsOnly],
  };
}
