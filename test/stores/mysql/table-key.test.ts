import { expect, test } from 'vitest';
import { boundsOf, keyIn, tableKey } from '../../../src/stores/mysql/table-key.ts';

test('one column is compared as it is', () => {
  const key = tableKey([{ name: 'id', type: 'varchar(64)' }]);
  expect(key).toMatchObject({
    selected: '`id` AS key0',
    after: '`id` > ?',
    upTo: '`id` <= ?',
    descending: '`id` DESC',
  });
  expect(key.among(2)).toBe('`id` IN (?, ?)');
  expect(boundsOf(['a'])).toEqual(['a']);
});

test('several columns are compared one after the other, each as its own type', () => {
  const key = tableKey([
    { name: 'id', type: 'char(36)' },
    { name: 'n', type: 'bigint unsigned' },
    { name: 'x', type: 'decimal(9,2) unsigned' },
  ]);
  const [n, x] = ['CAST(CAST(? AS CHAR) AS UNSIGNED)', 'CAST(? AS DECIMAL(9,2))'];
  expect(key.after).toBe(
    `((\`id\` > ?) OR (\`id\` = ? AND \`n\` > ${n}) OR (\`id\` = ? AND \`n\` = ${n} AND \`x\` > ${x}))`,
  );
  expect(key.upTo).toBe(
    `((\`id\` < ?) OR (\`id\` = ? AND \`n\` < ${n}) OR (\`id\` = ? AND \`n\` = ${n} AND \`x\` <= ${x}))`,
  );
  expect(key.among(1)).toBe(`(\`id\`, \`n\`, \`x\`) IN ((?, ${n}, ${x}))`);
  expect(boundsOf(['a', '1', '2.50'])).toEqual(['a', 'a', '1', 'a', '1', '2.50']);
});

test('bits are read and compared as a number', () => {
  const key = tableKey([{ name: 'flag', type: 'bit(1)' }]);
  expect(key.selected).toBe('CAST(`flag` AS UNSIGNED) AS key0');
  expect(key.after).toBe('`flag` > CAST(CAST(? AS CHAR) AS UNSIGNED)');
});

test('a key is read in order, and its numbers as texts', () => {
  expect(keyIn({ key0: 7, key1: 'b' })).toEqual(['7', 'b']);
});
