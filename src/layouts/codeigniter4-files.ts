import type { Layout } from './layout.ts';

/** CodeIgniter 4's session driver FileHandler: https://github.com/codeigniter4/CodeIgniter4, `FileHandler.php`. */
export const codeigniter4Files: Layout = {
  name: 'codeigniter4-files',
  title: 'CodeIgniter 4, FileHandler',
  source: 'https://github.com/codeigniter4/CodeIgniter4/blob/develop/system/Session/Handlers/FileHandler.php',
  library: {
    versions: '4.1.3; 4.7.2 from its source',
    proof: 'library',
    readsCheckExpiry: false,
    cleansItself:
      'PHP calls the handler at one request of a hundred or a thousand to delete all expired files.',
    switchOff: 'Set `session.gc_probability = 0` in php.ini.',
  },
  age: 'modified',
  directory: {
    name: {
      prefix: 'ci_session',
      // With `matchIP`, the MD5 of the client's address comes first.
      id: /^[A-Za-z0-9,-]{22,288}$/,
    },
    rules: [{ at: 'mtime' }],
    options: ['prefix'],
  },
};
