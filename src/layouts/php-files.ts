import type { Layout } from './layout.ts';

/** PHP's own session handler `files`: https://github.com/php/php-src, `ext/session/mod_files.c`. */
export const phpFiles: Layout = {
  name: 'php-files',
  title: 'PHP, session.save_handler = files',
  source: 'https://github.com/php/php-src/blob/master/ext/session/mod_files.c',
  library: {
    versions: '8.4.27',
    proof: 'library',
    readsCheckExpiry: false,
    cleansItself:
      'PHP deletes expired files at one request of a hundred or a thousand, and never those in subfolders. On ' +
      'Debian a timer deletes them; containers have no such timer.',
    switchOff: 'Set `session.gc_probability = 0`.',
  },
  age: 'modified',
  directory: {
    name: { prefix: 'sess_', id: /^[A-Za-z0-9,-]{1,256}$/ },
    rules: [{ at: 'mtime' }],
    options: ['depth'],
  },
};
