import type { Proof } from '../proof.ts';
import { php as runtime } from '../runtimes/php.ts';

export { runtime };

/** Libraries of PHP. */
export const proofs: readonly Proof[] = [
  { layout: 'symfony-pdo', on: ['postgres'] },
  // The index has another name, and the table's collation was utf8mb4_bin.
  {
    layout: 'symfony-pdo',
    variant: '5.4',
    on: ['postgres'],
    shape: { skip: 'older versions name the index differently' },
  },
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
];
