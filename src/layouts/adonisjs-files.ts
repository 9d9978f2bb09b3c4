import type { Layout } from './layout.ts';

/** AdonisJS' session store `file`: https://github.com/adonisjs/session, `src/stores/file.ts`. */
export const adonisjsFiles: Layout = {
  name: 'adonisjs-files',
  title: 'AdonisJS, file store',
  source: 'https://github.com/adonisjs/session',
  library: {
    versions: '8.1.0',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'AdonisJS deletes no expired file.',
  },
  age: 'expiry',
  directory: {
    name: { suffix: '.txt', id: /^[\w-]+$/ },
    rules: [{ at: 'mtime', plus: 'ttl' }],
    head: /^\{"/,
    options: ['ttl'],
  },
};
