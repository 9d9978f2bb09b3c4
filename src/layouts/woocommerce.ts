import type { Layout } from './layout.ts';

/** WooCommerce: https://github.com/woocommerce/woocommerce, `includes/class-wc-session-handler.php`. */
export const woocommerce: Layout = {
  name: 'woocommerce',
  title: 'WooCommerce (PHP, WordPress)',
  source: 'https://github.com/woocommerce/woocommerce/tree/HEAD/plugins/woocommerce/includes',
  library: {
    versions: '8.8 and later',
    proof: 'source',
    // A customer who is logged in has the row of the user's id, whatever its time says.
    readsCheckExpiry: false,
    cleansItself:
      'WordPress’ cron deletes expired sessions twice a day; older versions with one unbounded DELETE.',
    switchOff: "Call `wp_clear_scheduled_hook('woocommerce_cleanup_sessions')`.",
  },
  age: 'expiry',
  mysql: {
    // wp_ is WordPress' own $table_prefix.
    table: 'wp_woocommerce_sessions',
    columns: [
      { name: 'session_id', type: 'bigint unsigned', alsoAccepts: ['bigint'], notNull: true },
      { name: 'session_key', type: 'char(32)', alsoAccepts: ['char', 'varchar'], notNull: true },
      { name: 'session_value', type: 'longtext', notNull: true },
      { name: 'session_expiry', type: 'bigint unsigned', alsoAccepts: ['bigint'], notNull: true },
    ],
    key: { column: 'session_key', is: 'unique' },
    primaryKey: { columns: ['session_id'] },
    rules: [{ at: { column: 'session_expiry', unit: 's' } }],
    payload: 'session_value',
    indexes: [],
    timeIndex: { name: 'session_expiry', column: 'session_expiry' },
    madeBy: 'library',
  },
};
