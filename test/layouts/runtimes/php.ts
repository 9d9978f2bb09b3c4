import path from 'node:path';
import { type Runtime, sourcesOf } from '../runtime.ts';
import { debianFiles } from './debian.ts';

const extensions = [
  ...['pdo', 'pdo_pgsql', 'mysqlnd', 'pdo_mysql', 'pgsql', 'mysqli'],
  ...['mbstring', 'intl', 'ctype', 'iconv', 'tokenizer'],
];

/** The session libraries of PHP, in one process. */
export const php: Runtime = {
  name: 'php',
  prepare: async () => {
    const { root, loader, find } = await debianFiles('debian-php');
    const [command, ...args] = loader;
    const settings = [
      'display_errors=stderr',
      `extension_dir=${find('usr/lib/php/20*')}`,
      ...extensions.map((name) => `extension=${name}`),
      `include_path=${path.join(root, 'usr/share/php')}`,
    ];
    return {
      command,
      args: [
        ...[...args, find('usr/bin/php8.?'), '-n'],
        ...settings.flatMap((setting) => ['-d', setting]),
        path.join(sourcesOf('php'), 'main.php'),
      ],
      env: { PHP_ROOT: root },
    };
  },
};
