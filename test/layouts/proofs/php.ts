import type { Proof } from '../proof.ts';
import { php as runtime } from '../runtimes/php.ts';

export { runtime };

const standIn = 'statements by hand: no package of the library is to be had';

/** Frameworks of PHP, and its own sessions. */
export const proofs: readonly Proof[] = [
  { layout: 'laravel' },
  { layout: 'symfony-pdo' },
  // The index has another name, and the table's collation was utf8mb4_bin.
  { layout: 'symfony-pdo', variant: '5.4', shape: { skip: 'older versions name the index differently' } },
  {
    layout: 'symfony-pdo',
    variant: 'durations',
    shape: { skip: 'older versions name the index differently' },
  },
  { layout: 'codeigniter4', on: ['postgres'] },
  {
    layout: 'codeigniter4',
    variant: 'matchIP',
    on: ['postgres'],
    shape: { skip: 'its key has two columns' },
  },
  // The stand-in's table has the key of `matchIP`.
  {
    layout: 'codeigniter4',
    on: ['mysql', 'mariadb'],
    standIn,
    shape: { skip: 'its key has two columns' },
  },
  { layout: 'laravel-files' },
  { layout: 'php-files' },
  // PHP's own clean-up passes over folders of folders.
  { layout: 'php-files', variant: '2', layoutOptions: { depth: 2 }, cleansNothing: true },
  { layout: 'codeigniter4-files' },
  { layout: 'codeigniter4-files', variant: 'matchIP' },
];
