import type { Proof } from '../proof.ts';
import { php as runtime } from '../runtimes/php.ts';

export { runtime };

const standIn = 'statements by hand: no package of the library is to be had';

/** Sites that run in PHP, and frameworks by statements like theirs. */
export const proofs: readonly Proof[] = [
  { layout: 'yii2', standIn },
  { layout: 'cakephp', standIn },
  { layout: 'woocommerce', standIn },
  { layout: 'drupal', standIn },
  { layout: 'magento2', standIn },
  { layout: 'joomla', standIn },
  { layout: 'roundcube', on: ['postgres'] },
  { layout: 'roundcube', on: ['mysql', 'mariadb'], zoned: true },
];
