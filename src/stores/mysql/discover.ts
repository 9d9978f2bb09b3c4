import type { Layout } from '../../layouts/layout.ts';
import type { TableForm } from '../../layouts/table-form.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { ageOf } from '../discover/assumed.ts';
import { type Chosen, chosenOf, claimIn, countedNotes, indexUse, whyNotCounted } from '../discover/choice.ts';
import type { Assumptions, Finding } from '../discover/finding.ts';
import { typeIn } from '../tables/shape-types.ts';
import { clockOf } from '../tables/stale-rule.ts';
import { inspect, type TableFacts } from './catalogue.ts';
import { readClock } from './cleanup.ts';
import { connectReadOnly, type MysqlConnection } from './connection.ts';
import { countSessions } from './count-sessions.ts';
import { cutoffsOf } from './cutoff.ts';
import { hasNumber } from './errors.ts';
import { type ListedTable, listTables } from './list-tables.ts';
import { shapeProblems, timeIndexOf } from './shape.ts';
import { testIn } from './statements.ts';

export interface DiscoverOptions extends Assumptions {
  /** Rows, by the server's statistics, up to which every row of a table is counted; above, a sample is. */
  readonly exactRows?: number;
}

const manyRows = 3_000_000;

/** The zone of times that depend on the application's, where nobody names it. */
const assumedZone = 'UTC';

/** Connects, and looks into the database. */
export async function* discoverAt(
  settings: ConnectionSettings,
  options: DiscoverOptions,
): AsyncGenerator<Finding> {
  await using connection = await connectReadOnly(settings);
  yield* discover(connection, options);
}

/** The tables of the connection's database that hold sessions, or look so. */
async function* discover(connection: MysqlConnection, options: DiscoverOptions): AsyncGenerator<Finding> {
  const tables = await listTables(connection);
  for (const { table, chosen } of chosenOf(tables, 'mysql', options)) {
    const finding = { backend: 'mysql', table: table.table } as const;
    yield { ...finding, bytes: table.bytes, ...(await lookedAt(connection, table, chosen, options)) };
  }
}

type Facts = Omit<Finding, 'backend' | 'table' | 'bytes'>;

async function lookedAt(
  connection: MysqlConnection,
  { table }: ListedTable,
  { candidates, notes, layout }: Chosen,
  options: DiscoverOptions,
): Promise<Facts> {
  const facts = { candidates, assumed: {}, notes };
  const form = layout?.mysql;
  if (!form) return facts;
  try {
    const target = { database: connection.database, table };
    const { table: catalogue } = await connection.transaction(() =>
      inspect({ connection, target, layout: form }),
    );
    if (!catalogue) return { ...facts, notes: [...notes, 'disappeared meanwhile'] };
    return await counted(connection, { table, catalogue, layout, form }, facts, options);
  } catch (error) {
    const why = hasNumber(error, 1142, 1143)
      ? 'may not be read by this account: grant SELECT to count its sessions'
      : whyNotCounted(error);
    return { ...facts, notes: [...notes, why] };
  }
}

interface Seen {
  readonly table: string;
  readonly catalogue: TableFacts;
  readonly layout: Layout;
  readonly form: TableForm;
}

/** The zone of the layout's times, where one of them depends on the application's. */
function zoneOf({ rules }: TableForm, { columns }: TableFacts, timeZone: string | undefined) {
  const isZoned = rules.some(({ at }) => clockOf(at, typeIn(columns, at.column), timeZone) !== 'instant');
  return isZoned ? (timeZone ?? assumedZone) : undefined;
}

async function counted(
  connection: MysqlConnection,
  { table, catalogue, layout, form }: Seen,
  facts: Pick<Finding, 'candidates' | 'notes'>,
  options: DiscoverOptions,
): Promise<Facts> {
  const timeZone = zoneOf(form, catalogue, options.timeZone);
  const { ageSeconds, assumed } = ageOf(layout, options);
  const cutoff = Math.floor((await readClock({ connection })) - ageSeconds);
  const cutoffs = cutoffsOf(form, catalogue.columns, { cutoff, timeZone });
  const test = testIn(form, catalogue, { cutoffs, timeZone });
  const target = { database: connection.database, table };
  const { exactRows = manyRows } = options;
  const settings = { ...assumed, ...(timeZone !== undefined && { timeZone }) };
  return {
    candidates: facts.candidates,
    ...claimIn(catalogue.comment),
    counts: await countSessions(connection, target, catalogue, { test, timeZone, exactRows }),
    index: indexUse(form, timeIndexOf(catalogue, form.timeIndex.column) !== undefined),
    assumed: settings,
    notes: countedNotes(facts, shapeProblems(catalogue, form, layout.age), {
      ...assumed,
      ...(timeZone !== undefined && options.timeZone === undefined && { timeZone }),
    }),
  };
}
