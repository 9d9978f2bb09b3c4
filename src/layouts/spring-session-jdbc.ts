import type { Layout } from './layout.ts';
import type { ChildTable, Column, TableForm } from './table-form.ts';

/** A server's notation of the types, and of the names: PostgreSQL folds the script's capitals. */
interface Dialect {
  readonly named: (name: string) => string;
  readonly id: Pick<Column, 'type' | 'alsoAccepts'>;
  readonly int: string;
  readonly name: (length: number) => Pick<Column, 'type' | 'alsoAccepts'>;
  readonly bytes: Pick<Column, 'type' | 'alsoAccepts'>;
  readonly tableOptions?: string;
}

/** The library's script; the same on each server, except for names, types and options. */
function tableOf({ named, id, int, name, bytes, tableOptions }: Dialect): TableForm {
  const column = (base: string, type: Pick<Column, 'type' | 'alsoAccepts'>, notNull = true): Column => ({
    name: named(base),
    ...type,
    notNull,
  });
  const bigint = { type: 'bigint' };
  const attributes: ChildTable = {
    table: `{table}${named('_ATTRIBUTES')}`,
    columns: [
      column('SESSION_PRIMARY_ID', id),
      column('ATTRIBUTE_NAME', name(200)),
      column('ATTRIBUTE_BYTES', bytes),
    ],
    primaryKey: {
      columns: [named('SESSION_PRIMARY_ID'), named('ATTRIBUTE_NAME')],
      constraint: `{table}${named('_ATTRIBUTES_PK')}`,
    },
    foreignKey: {
      constraint: `{table}${named('_ATTRIBUTES_FK')}`,
      column: named('SESSION_PRIMARY_ID'),
      references: named('PRIMARY_ID'),
    },
    ...(tableOptions && { tableOptions }),
  };
  const index = (n: number, of: string) => ({ name: `{table}${named(`_IX${n}`)}`, columns: [named(of)] });
  return {
    table: named('SPRING_SESSION'),
    columns: [
      column('PRIMARY_ID', id),
      column('SESSION_ID', id),
      column('CREATION_TIME', bigint),
      column('LAST_ACCESS_TIME', bigint),
      column('MAX_INACTIVE_INTERVAL', { type: int }),
      column('EXPIRY_TIME', bigint),
      column('PRINCIPAL_NAME', name(100), false),
    ],
    key: { column: named('PRIMARY_ID'), is: 'primary' },
    primaryKey: { columns: [named('PRIMARY_ID')], constraint: `{table}${named('_PK')}` },
    // A session that never ends has the greatest bigint, which is later than any time.
    rules: [{ at: { column: named('EXPIRY_TIME'), unit: 'ms' } }],
    // The session is in its attributes, and only the library reads them.
    payload: named('SESSION_ID'),
    indexes: [
      { ...index(1, 'SESSION_ID'), unique: 'index' },
      index(2, 'EXPIRY_TIME'),
      index(3, 'PRINCIPAL_NAME'),
    ],
    timeIndex: { name: `{table}${named('_IX2')}`, column: named('EXPIRY_TIME') },
    children: [attributes],
    ...(tableOptions && { tableOptions }),
  };
}

/** Spring Session JDBC: https://github.com/spring-projects/spring-session, `schema-*.sql` of spring-session-jdbc. */
export const springSessionJdbc: Layout = {
  name: 'spring-session-jdbc',
  title: 'Spring Session JDBC (Java)',
  source: 'https://github.com/spring-projects/spring-session',
  library: {
    versions: '4.0.4, as Spring Boot 4.0.7 has it',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'Each node deletes expired sessions every minute, with one unbounded DELETE.',
    switchOff: 'Call `setCleanupCron("-")`, or set `spring.session.jdbc.cleanup-cron: "-"` in Spring Boot.',
  },
  age: 'expiry',
  postgres: tableOf({
    named: (name) => name.toLowerCase(),
    id: { type: 'character(36)', alsoAccepts: ['character varying', 'text'] },
    int: 'integer',
    name: (length) => ({ type: `character varying(${length})`, alsoAccepts: ['character varying', 'text'] }),
    // Attributes in JSON are an option that the library's manual describes.
    bytes: { type: 'bytea', alsoAccepts: ['jsonb', 'json', 'text'] },
  }),
  mysql: tableOf({
    named: (name) => name,
    id: { type: 'char(36)', alsoAccepts: ['varchar'] },
    int: 'int',
    name: (length) => ({ type: `varchar(${length})` }),
    bytes: { type: 'blob', alsoAccepts: ['mediumblob', 'longblob', 'json'] },
    tableOptions: 'ROW_FORMAT = DYNAMIC',
  }),
};
