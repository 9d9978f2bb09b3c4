import type { Layout } from './layout.ts';
import type { Column, TableForm } from './table-form.ts';

const times = ['accessTime', 'lastAccessTime', 'createTime', 'cookieTime', 'lastSavedTime', 'expiryTime'];

/** The table that Jetty makes; `named` is the server's spelling, as PostgreSQL folds capitals. */
function tableOf(
  named: (name: string) => string,
  varchar: string,
  map: Pick<Column, 'type' | 'alsoAccepts'>,
): TableForm {
  const text = (name: string, length: number, notNull = true): Column => ({
    name: named(name),
    type: `${varchar}(${length})`,
    alsoAccepts: [varchar],
    notNull,
  });
  const number = (name: string): Column => ({ name: named(name), type: 'bigint', notNull: false });
  const index = `idx_${named('{table}')}_expiry`;
  const columns = [
    text('sessionId', 120),
    text('contextPath', 60),
    text('virtualHost', 60),
    text('lastNode', 60, false),
    ...times.map(number),
    number('maxInterval'),
    { name: named('map'), ...map, notNull: false },
  ];
  return {
    table: named('JettySessions'),
    columns,
    key: { column: named('sessionId'), is: 'plain' },
    // Applications of one server can share a session's id.
    primaryKey: { columns: ['sessionId', 'contextPath', 'virtualHost'].map(named) },
    rules: [
      {
        at: { column: named('expiryTime'), unit: 'ms' },
        // Zero: the session never ends.
        when: { column: named('expiryTime'), above: 0 },
        inclusive: true,
      },
    ],
    payload: named('map'),
    indexes: [{ name: index, columns: [named('expiryTime')] }],
    timeIndex: { name: index, column: named('expiryTime') },
    renamable: columns.map(({ name }) => name),
  };
}

/** Jetty's JDBCSessionDataStore: https://github.com/jetty/jetty.project, `jetty-core/jetty-session`. */
export const jetty: Layout = {
  name: 'jetty',
  title: 'Jetty (Java), JDBCSessionDataStore',
  source: 'https://github.com/jetty/jetty.project/tree/HEAD/jetty-core/jetty-session',
  library: {
    versions: '12.1.14',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'Each node looks for its own expired sessions every 10 minutes; those of nodes that are gone are deleted later, with one unbounded DELETE.',
  },
  age: 'expiry',
  postgres: tableOf((name) => name.toLowerCase(), 'character varying', { type: 'bytea' }),
  mysql: tableOf((name) => name, 'varchar', { type: 'blob', alsoAccepts: ['mediumblob', 'longblob'] }),
};
