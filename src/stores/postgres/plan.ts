import { StoreError } from '../../runner/store-error.ts';
import type { SetupOptions } from '../session-store.ts';
import type { Mark } from '../table-mark.ts';
import type { Place, TableFacts } from './catalogue.ts';
import { ownMark, requireShape } from './check.ts';
import type { PostgresContext } from './context.ts';
import { mayNotCreate, notOwner } from './grants.ts';
import { isTable, shapeProblems } from './shape.ts';

/** What set-up is going to do; `mark` is what it then writes into the comment. */
export type Plan =
  | { readonly action: 'create' | 'truncate' | 'replace' | 'mark'; readonly mark: Mark }
  | { readonly action: 'adopt' | 'verify' };

type Asked = Pick<PostgresContext, 'target' | 'layout' | 'layoutName' | 'age'>;

/** A token permits one overwrite: whatever of status and mark knows it, it is spent. */
function isFresh({ overwriteToken, spentToken }: SetupOptions, mark: Mark | undefined): boolean {
  return (
    overwriteToken !== undefined && overwriteToken !== spentToken && overwriteToken !== mark?.overwriteToken
  );
}

function newMark(
  origin: Mark['origin'],
  { owner, ifExists, overwriteToken, spentToken }: SetupOptions,
): Mark {
  const spent = ifExists === 'Overwrite' ? overwriteToken : spentToken;
  const { installation, namespace, name } = owner;
  return { installation, namespace, name, origin, ...(spent !== undefined && { overwriteToken: spent }) };
}

function create(
  { role, schemaExists, canUse, canCreate }: Place,
  { target }: Asked,
  options: SetupOptions,
): Plan {
  if (!schemaExists) {
    throw new StoreError(
      'StoreMissing',
      `Schema ${target.schema} does not exist, and set-up makes tables only: create it, owned by or granted to ${role}`,
    );
  }
  if (!canUse || !canCreate) throw mayNotCreate(role, target);
  return { action: 'create', mark: newMark('created', options) };
}

/** TRUNCATE keeps grants and publications; only what does not fit is dropped and made anew. */
function overwrite(place: Place, table: TableFacts, asked: Asked, options: SetupOptions): Plan {
  const { target, layout } = asked;
  if (!isTable(table)) requireShape(table, asked);
  if (!table.isOwner) throw notOwner(place.role, target, table.owner, 'overwrite it');
  if (!place.canCreate) throw mayNotCreate(place.role, target);
  const [reference] = table.referencing;
  if (reference) {
    throw new StoreError(
      'ShapeMismatch',
      `Table ${target.schema}.${target.table} cannot be overwritten: foreign key ${reference.constraint} of ` +
        `${reference.table} refers to it. Drop that first`,
    );
  }
  const fits = shapeProblems(table, layout).length === 0;
  return { action: fits ? 'truncate' : 'replace', mark: newMark('created', options) };
}

/** Decides what to do about what is there; throws StoreError where nothing may be done. */
export function planOf(place: Place, asked: Asked, options: SetupOptions): Plan {
  const { table } = place;
  if (place.readOnly) {
    throw new StoreError(
      'ReadOnly',
      'PostgreSQL takes no writes here (transaction_read_only is on): name the primary, or wait for it',
    );
  }
  if (!table) return create(place, asked, options);
  const mark = ownMark(table, asked.target, options.owner);
  if (options.ifExists === 'Overwrite' && isFresh(options, mark)) {
    return overwrite(place, table, asked, options);
  }
  if (options.ifExists === 'Fail' && !mark) {
    throw new StoreError(
      'AlreadyExists',
      `Table ${asked.target.schema}.${asked.target.table} exists and was not made by this SessionStore: ` +
        'name another, or set setup.ifExists to Adopt',
    );
  }
  requireShape(table, asked);
  if (mark) return { action: 'verify' };
  const mayMark = table.isOwner && table.comment === null;
  return mayMark ? { action: 'mark', mark: newMark('adopted', options) } : { action: 'adopt' };
}
