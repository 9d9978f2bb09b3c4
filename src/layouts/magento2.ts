import type { Layout } from './layout.ts';

/** Magento: https://github.com/magento/magento2, `lib/internal/Magento/Framework/Session/SaveHandler/DbTable.php`. */
export const magento2: Layout = {
  name: 'magento2',
  title: 'Magento 2 (PHP), session save in the database',
  source: 'https://github.com/magento/magento2/tree/HEAD/lib/internal/Magento/Framework/Session/SaveHandler',
  library: {
    versions: '2.4',
    proof: 'source',
    readsCheckExpiry: false,
    cleansItself:
      'PHP’s garbage collection deletes expired sessions on a random share of requests, with one unbounded DELETE; Debian’s PHP has it switched off.',
    switchOff: 'Set `session.gc_probability = 0` in php.ini.',
  },
  // The column is named after an expiry and holds the time of the last save.
  age: 'modified',
  mysql: {
    table: 'session',
    columns: [
      { name: 'session_id', type: 'varchar(255)', alsoAccepts: ['varchar'], notNull: true },
      { name: 'session_expires', type: 'int unsigned', alsoAccepts: ['int', 'bigint'], notNull: true },
      { name: 'session_data', type: 'mediumblob', alsoAccepts: ['blob', 'longblob'], notNull: true },
    ],
    key: { column: 'session_id', is: 'primary' },
    rules: [{ at: { column: 'session_expires', unit: 's' } }],
    payload: 'session_data',
    indexes: [],
    timeIndex: { name: '{table}_session_expires_idx', column: 'session_expires' },
    madeBy: 'library',
  },
};
