import type { Layout } from '../../layouts/layout.ts';
import type { TableForm } from '../../layouts/table-form.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { ageOf } from '../discover/assumed.ts';
import { type Chosen, chosenOf, claimIn, countedNotes, indexUse, whyNotCounted } from '../discover/choice.ts';
import type { Assumptions, Finding } from '../discover/finding.ts';
import { typeIn } from '../tables/shape-types.ts';
import { clockOf } from '../tables/stale-rule.ts';
import { staleTestOf } from '../tables/stale-test.ts';
import { inspect, type TableFacts } from './catalogue.ts';
import { connectReadOnly, type PostgresConnection } from './connection.ts';
import { countSessions, type Size, shortly, sizeOf } from './count-sessions.ts';
import { readCutoffs } from './cutoff.ts';
import { type ListedTable, listTables } from './list-tables.ts';
import { hasTimeIndex, shapeProblems } from './shape.ts';
import { timeWords } from './time-words.ts';

export interface DiscoverOptions extends Assumptions {
  /** Whether to look into the schema. */
  readonly isWanted?: (schema: string) => boolean;
  /** Pages up to which every row of a table is counted; above, a sample is. */
  readonly exactPages?: number;
}

/** A gigabyte. */
const manyPages = 131_072;

/** Connects, and looks into the database. */
export async function* discoverAt(
  settings: ConnectionSettings,
  options: DiscoverOptions,
): AsyncGenerator<Finding> {
  await using connection = await connectReadOnly(settings);
  yield* discover(connection, options);
}

/** The tables of the database that hold sessions, or look so. Each is looked at in short transactions of its own. */
async function* discover(connection: PostgresConnection, options: DiscoverOptions): AsyncGenerator<Finding> {
  const { isWanted = () => true } = options;
  const tables = (await listTables(connection)).filter(({ schema }) => isWanted(schema));
  for (const { table, chosen } of chosenOf(tables, 'postgres', options)) {
    const finding = { backend: 'postgres', schema: table.schema, table: table.table } as const;
    yield { ...finding, ...(await lookedAt(connection, table, chosen, options)) };
  }
}

type Facts = Omit<Finding, 'backend' | 'schema' | 'table'>;

async function lookedAt(
  connection: PostgresConnection,
  table: ListedTable,
  { candidates, notes, layout }: Chosen,
  options: DiscoverOptions,
): Promise<Facts> {
  const facts = { candidates, assumed: {}, notes };
  if (!table.canRead)
    return {
      ...facts,
      notes: [...notes, 'may not be read by this role: grant SELECT to count its sessions'],
    };
  try {
    const { size, catalogue } = await seen(connection, table);
    if (!catalogue) return { ...facts, notes: [...notes, 'disappeared meanwhile'] };
    if (!layout?.postgres) return { ...facts, bytes: size.bytes };
    return await counted(
      connection,
      { table, size, catalogue, layout, form: layout.postgres },
      facts,
      options,
    );
  } catch (error) {
    return { ...facts, notes: [...notes, whyNotCounted(error)] };
  }
}

async function seen(
  connection: PostgresConnection,
  table: ListedTable,
): Promise<{ readonly size: Size; readonly catalogue: TableFacts | undefined }> {
  return connection.transaction(
    async () => ({
      size: await sizeOf(connection, table),
      catalogue: (await inspect(connection, table)).table,
    }),
    shortly,
  );
}

interface Seen {
  readonly table: ListedTable;
  readonly size: Size;
  readonly catalogue: TableFacts;
  readonly layout: Layout;
  readonly form: TableForm;
}

async function counted(
  connection: PostgresConnection,
  { table, size, catalogue, layout, form }: Seen,
  facts: Pick<Finding, 'candidates' | 'notes'>,
  options: DiscoverOptions,
): Promise<Facts> {
  const { timeZone, exactPages = manyPages } = options;
  const { ageSeconds, assumed } = ageOf(layout, options);
  const clocks = form.rules.map(({ at }) => clockOf(at, typeIn(catalogue.columns, at.column), timeZone));
  const cutoff = await readCutoffs(connection, { ageSeconds, naive: clocks.includes('local'), timeZone });
  const known = { found: catalogue.columns, cutoffs: cutoff.texts, timeZone, words: timeWords };
  const counting = { test: staleTestOf(form, known), cutoff, layout: form, exactPages };
  const zone = cutoff.local?.timeZone;
  return {
    candidates: facts.candidates,
    ...claimIn(catalogue.comment),
    counts: await countSessions(connection, table, size, counting),
    bytes: size.bytes,
    index: indexUse(form, hasTimeIndex(catalogue, form)),
    assumed: { ...assumed, ...(zone?.source === 'Spec' && { timeZone: zone.name }) },
    notes: countedNotes(facts, shapeProblems(catalogue, form, table.table), {
      ...assumed,
      ...(zone?.source === 'Connection' && { timeZone: zone.name }),
    }),
  };
}
