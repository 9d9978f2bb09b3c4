import { escapeIdentifier } from 'pg';
import type { SetupReport } from '../../api/runner-result.ts';
import type { TableForm } from '../../layouts/table-form.ts';
import type { SetupOptions } from '../session-store.ts';
import { changedMeanwhile } from '../tables/check.ts';
import { setupRetry } from '../tables/retry.ts';
import { setupReport } from '../tables/setup-report.ts';
import { type Inspection, inspect } from './catalogue.ts';
import { markIn } from './check.ts';
import { nameOf, type PostgresContext, quotedName, type Target } from './context.ts';
import {
  childTargets,
  createChildren,
  createIndex,
  createSchema,
  createTable,
  indexName,
  isTaken,
  namesToLookUp,
  writeComment,
} from './ddl.ts';
import { hasCode } from './errors.ts';
import { mayNotCreate, notOwner } from './grants.ts';
import { type Plan, planOf } from './plan.ts';
import { hasTimeIndex, shapeNotes } from './shape.ts';

/** A DDL statement that waits for a lock makes every later query wait, so it waits briefly and retries. */
const shortWait = { lock_timeout: '1s' };

/** The maximum of a report; only a POSIX rule is longer. */
const longestZone = 64;

/** Another set-up was quicker: unique_violation, undefined_table, duplicate_table, duplicate_object. */
const overtaken = ['23505', '42P01', '42P07', '42710'];

const retry = setupRetry((error) => hasCode(error, ...overtaken));

/** All that a set-up decides by. */
export const look = ({ connection, target, layout }: PostgresContext): Promise<Inspection> =>
  inspect(connection, target, { names: namesToLookUp(target, layout) });

function statementsOf(
  plan: Plan,
  inspection: Inspection,
  { target, layout }: PostgresContext,
): readonly string[] {
  switch (plan.action) {
    case 'create':
      return [
        ...(inspection.schemaExists ? [] : [createSchema(target)]),
        ...createTable(inspection, target, layout),
        writeComment(target, plan.comment),
      ];
    case 'replace':
      return [
        `DROP TABLE ${namesOf(inspection, target)}`,
        ...createTable(withoutChildren(inspection), target, layout),
        writeComment(target, plan.comment),
      ];
    case 'truncate':
      return [
        `TRUNCATE ${namesOf(inspection, target)}`,
        ...missingParts(inspection, target, layout),
        writeComment(target, plan.comment),
      ];
    case 'mark':
    case 'remark':
      return [writeComment(target, plan.comment)];
    default:
      return [];
  }
}

/** Table and children; the plan has refused any other table that refers to it. */
const namesOf = ({ table }: Inspection, target: Target): string =>
  [target.table, ...(table?.referencing ?? []).map(({ name }) => name)]
    .map((name) => quotedName({ ...target, table: name }))
    .join(', ');

/** The names of the children's indexes become free. */
function withoutChildren(inspection: Inspection): Inspection {
  const children = new Set(inspection.table?.referencing.map(({ oid }) => oid));
  const taken = inspection.taken.filter(({ indexOf }) => indexOf === null || !children.has(indexOf));
  return { ...inspection, taken };
}

/** The parts of a new table that an emptied one may lack. */
function missingParts(inspection: Inspection, target: Target, layout: TableForm): readonly string[] {
  const { table } = inspection;
  if (!table) return [];
  const shipsIndex = layout.indexes.some(({ columns }) => columns[0] === layout.timeIndex.column);
  const hasChildren = childTargets(target, layout).some((child) => isTaken(inspection, child.table));
  return [
    ...(shipsIndex && !hasTimeIndex(table, layout) ? [createIndex(inspection, target, layout)] : []),
    ...(hasChildren ? [] : createChildren(inspection, target, layout)),
  ];
}

/** Decides without a lock, takes the necessary one, and decides again under it before anything is written. */
async function provision(context: PostgresContext, options: SetupOptions): Promise<Plan> {
  const { connection, target } = context;
  const seen = await look(context);
  const plan = planOf(seen, context, options);
  if (plan.action === 'verify' || plan.action === 'adopt') return plan;
  return connection.transaction(async () => {
    if (seen.table) {
      const mode = plan.action.endsWith('mark') ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE';
      await connection.query(`LOCK TABLE ${quotedName(target)} IN ${mode} MODE`);
    }
    const inspection = await look(context);
    const again = planOf(inspection, context, options);
    if (inspection.table?.oid !== seen.table?.oid || again.action !== plan.action)
      throw changedMeanwhile(nameOf(target));
    for (const statement of statementsOf(again, inspection, context)) await connection.query(statement);
    return plan;
  }, shortWait);
}

/** Drops the leftover of an interrupted CREATE INDEX CONCURRENTLY, which is never used but updated with every write. */
async function dropLeftover(context: PostgresContext, name: string): Promise<void> {
  const { connection, target } = context;
  await connection.transaction(async () => {
    // Another set-up may be building it at this moment: it holds this lock from its first to its last step.
    await connection.query(`LOCK TABLE ${quotedName(target)} IN SHARE UPDATE EXCLUSIVE MODE`);
    const { table } = await look(context);
    if (table?.indexes.some((index) => index.name === name && !index.valid)) {
      await connection.query(`DROP INDEX ${escapeIdentifier(target.schema)}.${escapeIdentifier(name)}`);
    }
  }, shortWait);
}

/**
 * Adds the clean-up index without blocking the application; returns a note if that is impossible. It waits for its lock
 * without a limit, because the application's queries do not queue behind it.
 */
async function addIndex(context: PostgresContext): Promise<readonly string[]> {
  const { connection, target, layout } = context;
  const inspection = await look(context);
  const { table, role } = inspection;
  if (!table) throw changedMeanwhile(nameOf(target));
  if (hasTimeIndex(table, layout)) return [];
  if (table.kind === 'p') {
    return ['setup.createIndex adds no index to a partitioned table: create it on each partition'];
  }
  if (!table.isOwner) throw notOwner(role, target, table.owner, 'add an index (setup.createIndex)');
  if (!inspection.canCreate) throw mayNotCreate(role, target);
  const name = indexName(inspection, target, layout);
  const leftover = table.indexes.find((index) => index.name === name && !index.valid);
  if (leftover) await dropLeftover(context, leftover.name);
  await connection.query(createIndex(inspection, target, layout, { concurrently: true }));
  return [];
}

/**
 * Creates the table, or adopts the existing one; safe to repeat, to kill at any instant and to run twice at the same
 * time.
 */
export async function setUp(context: PostgresContext, options: SetupOptions): Promise<SetupReport> {
  const plan = await retry(() => provision(context, options));
  const indexNotes = options.createIndex ? await retry(() => addIndex(context)) : [];
  const { table, timeZone } = await look(context);
  if (!table) throw changedMeanwhile(nameOf(context.target));
  return {
    ...setupReport(options, {
      action: plan.action,
      mark: markIn(table, context.target, options.owner),
      unmarked: `only its owner, ${table.owner}, could`,
      connection: context.connection.report,
      notes: [...indexNotes, ...shapeNotes(table, context.layout, context.target.table)],
    }),
    // Independent of the column's current type and of the spec, because either may change.
    ...(timeZone.length <= longestZone && { timeZone: { name: timeZone, source: 'Connection' as const } }),
  };
}
