import type { Layout } from './layout.ts';

/** session-file-store for Express: https://github.com/valery-barysok/session-file-store, `lib/session-file-helpers.js`. */
export const sessionFileStore: Layout = {
  name: 'session-file-store',
  title: 'session-file-store (Express)',
  source: 'https://github.com/valery-barysok/session-file-store',
  library: {
    versions: '1.5.0',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'Each process reads every file once an hour and deletes those of expired sessions.',
    switchOff: 'Set `reapInterval: -1`.',
  },
  age: 'expiry',
  directory: {
    name: {
      suffix: '.json',
      id: /^.+$/s,
      // write-file-atomic's.
      leftover: /^.+\.json\.\d+$/s,
    },
    content: 'json',
    rules: [
      {
        at: { path: ['__lastAccess'], unit: 'ms' },
        plus: { path: ['cookie', 'originalMaxAge'], unit: 'ms' },
      },
      { at: { path: ['__lastAccess'], unit: 'ms' }, plus: 'ttl' },
      // With the option `secret`, the object in the file is an encrypted one.
      { at: 'mtime', plus: 'ttl', needs: { path: ['ct'] } },
    ],
    endsAfterChange: true,
    head: /^\{"/,
    options: ['ttl'],
  },
};
