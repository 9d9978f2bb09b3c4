/** Specs that the tests of manifests begin with. */
export const connection = { secretName: 'db' };
export const postgres = { backend: { postgres: { connection } }, layout: 'connect-pg-simple' };
export const session3 = { backend: { postgres: { connection } } };
export const customLayout = { means: 'expiry', table: { key: 'token', time: 'ends_at', unit: 'ms' } };
export const custom = {
  backend: { mysql: { connection, table: 'web' } },
  layout: 'custom',
  customLayout,
  cleanup: { expiredFor: '1h' },
};
export const ownFiles = (files: unknown) => ({
  backend: { directory: { claimName: 'c', path: 'sessions' } },
  layout: 'custom',
  customLayout: { means: 'expiry', files },
  cleanup: {},
});
export const modified = (cleanup: unknown) => ({
  ...custom,
  customLayout: { ...customLayout, means: 'modified' },
  cleanup,
});
export const directory = { backend: { directory: { claimName: 'claim', path: 'sessions' } } };
