import type { Reference } from '../tables/references.ts';
import type { PostgresConnection } from './connection.ts';
import type { Target } from './context.ts';
import { proofOf } from './proof.ts';

/** The result of an inspection of the catalogue, as seen by the connection’s role. */
export interface Inspection {
  readonly role: string;
  readonly readOnly: boolean;
  /** `replica`: foreign keys are not maintained, and triggers that check this role's DELETEs do not run. */
  readonly replicationRole: string;
  readonly timeZone: string;
  readonly schemaExists: boolean;
  readonly canUse: boolean;
  readonly canCreate: boolean;
  readonly database: string;
  /** True if the role may make a schema. */
  readonly canCreateSchema: boolean;
  /** Which of the requested names are taken in the schema, and by which object; for an index, with its table. */
  readonly taken: readonly {
    readonly name: string;
    readonly indexOf: number | null;
    readonly valid: boolean;
  }[];
  readonly table?: TableFacts;
}

/** A table, or another object with its name. */
export interface TableFacts {
  readonly oid: number;
  /** pg_class.relkind: `r` table, `p` partitioned table, `v` view, `f` foreign table, `i` index, … */
  readonly kind: string;
  readonly owner: string;
  /** True if the role has the owner's rights. */
  readonly isOwner: boolean;
  readonly comment: string | null;
  readonly columns: readonly ColumnFacts[];
  readonly indexes: readonly IndexFacts[];
  /** The table itself, and all partitions below it. */
  readonly relations: readonly RelationFacts[];
  readonly hasInheritors: boolean;
  /** Foreign keys of other tables that refer to this one. */
  readonly referencing: readonly ReferenceFacts[];
}

export interface ColumnFacts {
  readonly name: string;
  /** In the notation of format_type(), such as `timestamp(6) without time zone`. */
  readonly type: string;
  readonly notNull: boolean;
  /** True if an INSERT may leave the column out: a default, an identity or a generated column. */
  readonly filled: boolean;
}

interface IndexFacts {
  readonly name: string;
  /** Key columns in order; null for an expression. */
  readonly columns: readonly (string | null)[];
  readonly method: string;
  readonly unique: boolean;
  readonly valid: boolean;
  readonly partial: boolean;
}

export interface RelationFacts {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly kind: string;
  /** The facts that a DELETE proves to be unchanged. */
  readonly proof: string;
  /** True if row-level security applies to the role here. */
  readonly rowSecurity: boolean;
  /** Enabled ON DELETE triggers and rules. */
  readonly triggers: readonly string[];
  readonly rules: readonly string[];
  readonly canSelect: boolean;
  readonly canDelete: boolean;
  /** UPDATE on any column, which FOR UPDATE requires. */
  readonly canUpdate: boolean;
}

/** `table` is quoted if necessary, with its schema if that is another one. */
export interface ReferenceFacts extends Reference {
  /** Unquoted; with its schema if that is another one. */
  readonly name: string;
  readonly oid: number;
  readonly indexed: boolean;
  /** An SQL expression: true if a row `t` is referred to; null if the role may not read the referring table. */
  readonly lookUp: string | null;
  /** Triggers, rules and foreign keys by which a DELETE there does more, as phrases. */
  readonly further: readonly string[];
}

/** The columns of the relation `c`, as JSON. */
export const columnFacts = `
  SELECT coalesce(json_agg(json_build_object(
      'name', a.attname,
      'type', format_type(a.atttypid, a.atttypmod),
      'notNull', a.attnotnull,
      'filled', a.atthasdef OR a.attidentity <> '') ORDER BY a.attnum), '[]')
    FROM pg_attribute a
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

const indexes = `
  SELECT coalesce(json_agg(json_build_object(
      'name', ic.relname,
      'columns', (SELECT json_agg(a.attname ORDER BY k.position)
                    FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k (attnum, position)
                    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0),
      'method', am.amname,
      'unique', i.indisunique,
      'valid', i.indisvalid AND i.indisready,
      'partial', i.indpred IS NOT NULL) ORDER BY ic.relname), '[]')
    FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
   WHERE i.indrelid = c.oid`;

const relations = `
  SELECT coalesce(json_agg(json_build_object(
      'oid', r.oid::bigint, 'schema', rn.nspname, 'table', r.relname, 'kind', r.relkind,
      'proof', ${proofOf('r.oid', '$4')},
      'rowSecurity', r.relkind IN ('r', 'p') AND row_security_active(r.oid),
      'triggers', (SELECT coalesce(json_agg(t.tgname ORDER BY t.tgname), '[]') FROM pg_trigger t
                    WHERE t.tgrelid = r.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 8 <> 0),
      'rules', (SELECT coalesce(json_agg(w.rulename ORDER BY w.rulename), '[]') FROM pg_rewrite w
                 WHERE w.ev_class = r.oid AND w.ev_type = '4' AND w.ev_enabled IN ('O', 'A')),
      'canSelect', has_table_privilege(r.oid, 'SELECT'),
      'canDelete', has_table_privilege(r.oid, 'DELETE'),
      'canUpdate', has_any_column_privilege(r.oid, 'UPDATE')) ORDER BY rn.nspname, r.relname), '[]')
    FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace
   WHERE r.oid = c.oid OR r.oid IN (SELECT p.relid FROM pg_partition_tree(c.oid) p)`;

const lookUp = `
  SELECT format('EXISTS (SELECT FROM %I.%I AS f WHERE %s)', fn.nspname, fc.relname,
                string_agg(format('t.%I OPERATOR(%I.%s) f.%I', ta.attname, o.nspname, o.oprname, fa.attname), ' AND '))
    FROM unnest(f.conkey, f.confkey, f.conpfeqop) AS k (here, there, equal)
    JOIN pg_attribute fa ON fa.attrelid = f.conrelid AND fa.attnum = k.here
    JOIN pg_attribute ta ON ta.attrelid = f.confrelid AND ta.attnum = k.there
    JOIN (SELECT p.oid, p.oprname, pn.nspname FROM pg_operator p JOIN pg_namespace pn ON pn.oid = p.oprnamespace) o
      ON o.oid = k.equal`;

/** The foreign keys, triggers and rules that act on rows deleted from a referring table. */
const further = `
  SELECT coalesce(json_agg(phrase ORDER BY phrase), '[]') FROM (
    SELECT format('foreign key %s of %s', x.conname, x.conrelid::regclass) AS phrase FROM pg_constraint x
     WHERE x.contype = 'f' AND x.confrelid = fc.oid AND x.confdeltype IN ('c', 'n', 'd')
    UNION ALL
    SELECT format('trigger %s', t.tgname) FROM pg_trigger t
     WHERE t.tgrelid = fc.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 8 <> 0
    UNION ALL
    SELECT format('rule %s', w.rulename) FROM pg_rewrite w
     WHERE w.ev_class = fc.oid AND w.ev_type = '4' AND w.ev_enabled IN ('O', 'A')) AS acting`;

const referencing = `
  SELECT coalesce(json_agg(json_build_object(
      'constraint', f.conname,
      'onDelete', CASE f.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT'
                                     WHEN 'r' THEN 'RESTRICT' ELSE 'NO ACTION' END,
      'table', concat_ws('.', quote_ident(nullif(fn.nspname::text, n.nspname::text)), quote_ident(fc.relname)),
      'name', concat_ws('.', nullif(fn.nspname::text, n.nspname::text), fc.relname),
      'oid', fc.oid::bigint,
      'further', (${further}),
      'lookUp', CASE WHEN has_table_privilege(fc.oid, 'SELECT') AND has_schema_privilege(fn.oid, 'USAGE')
                     THEN (${lookUp}) END,
      'indexed', EXISTS (SELECT FROM pg_index i WHERE i.indrelid = f.conrelid AND i.indkey[0] = f.conkey[1])
    ) ORDER BY f.conname), '[]')
    FROM pg_constraint f JOIN pg_class fc ON fc.oid = f.conrelid JOIN pg_namespace fn ON fn.oid = fc.relnamespace
   WHERE f.contype = 'f' AND f.conparentid = 0
     AND (f.confrelid = c.oid OR f.confrelid IN (SELECT p.relid FROM pg_partition_tree(c.oid) p))`;

const statement = `
  SELECT current_user AS role,
         current_setting('transaction_read_only') = 'on' AS "readOnly",
         current_setting('session_replication_role') AS "replicationRole",
         current_setting('TimeZone') AS "timeZone",
         n.oid IS NOT NULL AS "schemaExists",
         coalesce(has_schema_privilege(n.oid, 'USAGE'), false) AS "canUse",
         coalesce(has_schema_privilege(n.oid, 'CREATE'), false) AS "canCreate",
         current_database() AS database,
         has_database_privilege(current_database(), 'CREATE') AS "canCreateSchema",
         (SELECT coalesce(json_agg(json_build_object(
              'name', t.relname, 'indexOf', i.indrelid::bigint, 'valid', coalesce(i.indisvalid, true))), '[]')
            FROM pg_class t LEFT JOIN pg_index i ON i.indexrelid = t.oid
           WHERE t.relnamespace = n.oid AND t.relname = ANY ($3)) AS taken,
         CASE WHEN c.oid IS NOT NULL THEN json_build_object(
           'oid', c.oid::bigint,
           'kind', c.relkind,
           'owner', pg_get_userbyid(c.relowner),
           'isOwner', pg_has_role(c.relowner, 'USAGE'),
           'comment', obj_description(c.oid, 'pg_class'),
           'columns', (${columnFacts}),
           'indexes', (${indexes}),
           'relations', (${relations}),
           'hasInheritors', c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid),
           'referencing', (${referencing})) END AS "table"
    FROM (SELECT 1) AS one
    LEFT JOIN pg_namespace n ON n.nspname = $1
    LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = $2`;

export interface LookedFor {
  /** Names to look up in the schema. */
  readonly names?: readonly string[];
  /** The columns of each relation's proof. */
  readonly agedColumns?: readonly string[];
}

/** Reads all facts in one statement, in the open transaction or in its own; needs no right on table or schema. */
export async function inspect(
  connection: PostgresConnection,
  target: Target,
  { names = [], agedColumns = [] }: LookedFor = {},
): Promise<Inspection> {
  const { rows } = await connection.inTransaction(() =>
    connection.query<Omit<Inspection, 'table'> & { table: TableFacts | null }>(statement, [
      target.schema,
      target.table,
      names,
      agedColumns,
    ]),
  );
  const [row] = rows;
  if (!row) throw new Error('Expected one row of the catalogue, got none');
  const { table, ...inspection } = row;
  return { ...inspection, ...(table && { table }) };
}
