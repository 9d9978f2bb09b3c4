/** Tables of three libraries, as their own migrations make them, with this many sessions of which one in four is stale. */
export const sessionTables = (sessions: number): string => `
  CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text NOT NULL, expire_date timestamptz NOT NULL);
  CREATE INDEX django_session_expire_date_a5c62663 ON django_session (expire_date);
  CREATE INDEX django_session_session_key_c0390e0f_like ON django_session (session_key varchar_pattern_ops);
  INSERT INTO django_session SELECT md5(n::text), 'data', ${endOf('n')} FROM generate_series(1, ${sessions}) n;

  CREATE TABLE sessions (id varchar(255) PRIMARY KEY, user_id bigint, ip_address varchar(45), user_agent text,
    payload text NOT NULL, last_activity integer NOT NULL);
  CREATE INDEX sessions_user_id_index ON sessions (user_id);
  CREATE INDEX sessions_last_activity_index ON sessions (last_activity);
  INSERT INTO sessions SELECT md5(n::text), NULL, '10.0.0.1', 'curl', 'data',
    extract(epoch FROM ${endOf('n')} - interval '20 days') FROM generate_series(1, ${sessions}) n;

  CREATE TABLE session (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL);
  CREATE INDEX "IDX_session_expire" ON session (expire);
  INSERT INTO session SELECT md5(n::text), '{}', ${endOf('n')} FROM generate_series(1, ${sessions}) n;
  ANALYZE;`;

/** The first of four in each row ended ten days ago or longer, the others end in ten days. */
const endOf = (n: string): string =>
  `now() + CASE ${n} % 4 WHEN 0 THEN interval '-10 days' ELSE interval '10 days' END`;
