import { escape as quoted } from 'mysql2';
import { MysqlSessionStore } from '../../../src/stores/mysql/store.ts';
import type { Flavour } from '../../servers/mysql.ts';
import { sharedMysql, unique } from '../../servers/shared.ts';
import type { Location, StoreKind } from './store-kind.ts';

/** A server with a database, each location a table in it. */
export async function mysqlKind(flavour: Flavour): Promise<StoreKind> {
  const server = await sharedMysql(flavour);
  const role = await server.createRole(unique('app'));
  const database = await server.createDatabase(unique('shop'), role);
  const sql = (text: string) => server.sql(text, { database });
  let count = 0;

  const makeLocation = async (): Promise<Location> => {
    const table = `sessions_${++count}`;
    const options = { host: server.host, port: server.port, ...role, database, table };
    return {
      options,
      isMultiprocessSafe: true,
      adopting: {},
      many: { sessions: 50_000, bytes: 2048 },
      makeUnmarked: async () => {
        await sql(`CREATE TABLE ${table} (id varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY,
          pickle longblob NOT NULL, modify_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)`);
      },
      loseMark: async () => {
        await sql(`ALTER TABLE ${table} COMMENT = ''`);
      },
      makeUnlike: async () => {
        await sql(`CREATE TABLE ${table} (number int PRIMARY KEY, total decimal(9, 2) NOT NULL);
          INSERT INTO ${table} VALUES (1, 9.95), (2, 12)`);
      },
      unlike: () => sql(`SELECT * FROM ${table} ORDER BY 1`),
      saveOld: async (sessions) => {
        await using store = new MysqlSessionStore(options);
        for (const { id, payload, ageSeconds } of sessions) {
          await store.saveSession(id, payload);
          await sql(`UPDATE ${table} SET modify_time = CURRENT_TIMESTAMP - INTERVAL ${ageSeconds} SECOND
            WHERE id = ${quoted(id)}`);
        }
      },
      fill: async (rows, bytes) => {
        for (let at = 0; at < rows; at += 1000) {
          const some = Array.from({ length: Math.min(1000, rows - at) }, (_, number) => at + number);
          const values = some.map((number) => `('filled-${number}', REPEAT('x', ${bytes}))`);
          await sql(`INSERT INTO ${table} (id, pickle) VALUES ${values.join(', ')}`);
        }
      },
      fillOld: async (rows) => {
        await sql(`INSERT INTO ${table} (id, pickle, modify_time)
          WITH digits AS (SELECT 0 AS d ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((d) => `UNION ALL SELECT ${d}`).join(' ')})
          SELECT CONCAT('old-', a.d, b.d, c.d, d.d, e.d, f.d), '', CURRENT_TIMESTAMP - INTERVAL 1 DAY
            FROM digits a, digits b, digits c, digits d, digits e, digits f LIMIT ${rows}`);
      },
      outside: () =>
        sql(`SELECT table_name FROM information_schema.tables WHERE table_schema = '${database}'
          AND table_name NOT LIKE '${table}%' ORDER BY 1`),
      [Symbol.asyncDispose]: async () => {
        await sql(`DROP TABLE IF EXISTS ${table}`);
      },
    };
  };
  return { makeLocation, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
