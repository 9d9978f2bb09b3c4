import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../../scripts/cluster/paths.ts';
import { anchorOf, linksIn, pages, read, sectionsOf } from './markdown.ts';

/** The fault of a link in a page; undefined if its file exists, and its heading. */
function faultOf(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(repository, target))) return `${page}: ${link}: no such file`;
  const anchors = () => sectionsOf(read(target)).map(({ title }) => anchorOf(title));
  return anchor === undefined || anchors().includes(anchor) ? undefined : `${page}: ${link}: no such heading`;
}

test('each link of a page leads to a file, and to a heading if it names one', () => {
  expect(pages.length).toBeGreaterThan(20);
  expect(pages.flatMap((page) => linksIn(read(page)).flatMap((link) => faultOf(page, link) ?? []))).toEqual(
    [],
  );
});

test('a link to a missing file or heading is found', () => {
  expect(faultOf('docs/stores.md', 'api.md#spec')).toBeUndefined();
  expect(faultOf('docs/stores.md', 'api.md#sepc')).toContain('no such heading');
  expect(faultOf('docs/stores.md', 'apo.md')).toContain('no such file');
});
