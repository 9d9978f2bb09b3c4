import type { Layout } from './layout.ts';

/**
 * Django's backends `db` and `cached_db`: https://github.com/django/django, `django/contrib/sessions`. Django's own
 * `migrate` makes the table: it would stop at one that is there before it.
 */
export const django: Layout = {
  name: 'django',
  title: 'Django, sessions in the database',
  source: 'https://github.com/django/django',
  library: {
    versions: '5.2.19, and django-user-sessions 2.0.0',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'Expired sessions stay until somebody runs `manage.py clearsessions`: one unbounded DELETE.',
  },
  age: 'expiry',
  postgres: {
    table: 'django_session',
    columns: [
      { name: 'session_key', type: 'character varying(40)', notNull: true },
      { name: 'session_data', type: 'text', notNull: true },
      { name: 'expire_date', type: 'timestamp with time zone', notNull: true },
    ],
    key: { column: 'session_key', is: 'primary' },
    rules: [{ at: { column: 'expire_date' } }],
    payload: 'session_data',
    indexes: [
      {
        name: 'django_session_session_key_c0390e0f_like',
        columns: ['session_key'],
        operators: 'varchar_pattern_ops',
      },
      { name: 'django_session_expire_date_a5c62663', columns: ['expire_date'] },
    ],
    timeIndex: { name: 'django_session_expire_date_a5c62663', column: 'expire_date' },
    madeBy: 'library',
    // Applications derive their own model from Django's.
    hasOtherColumns: true,
  },
  mysql: {
    table: 'django_session',
    columns: [
      { name: 'session_key', type: 'varchar(40)', notNull: true },
      { name: 'session_data', type: 'longtext', notNull: true },
      { name: 'expire_date', type: 'datetime(6)', notNull: true },
    ],
    key: { column: 'session_key', is: 'primary' },
    // With `USE_TZ = False`, times are those of the setting TIME_ZONE.
    rules: [{ at: { column: 'expire_date', zone: 'UTC', zoneMayDiffer: true } }],
    payload: 'session_data',
    indexes: [{ name: 'django_session_expire_date_a5c62663', columns: ['expire_date'] }],
    timeIndex: { name: 'django_session_expire_date_a5c62663', column: 'expire_date' },
    madeBy: 'library',
    // Applications derive their own model from Django's.
    hasOtherColumns: true,
  },
};
