import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../../scripts/cluster/paths.ts';

/** A heading of a page with the text below it, up to the next heading of any level. */
export interface Section {
  readonly level: number;
  readonly title: string;
  readonly text: string;
}

export const read = (file: string): string => readFileSync(join(repository, file), 'utf8');

/** The README and the pages of docs, those of decisions included. */
export const pages: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
  { cwd: repository, encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => /^(README|CONTRIBUTING|docs\/.*)(\.md)?$/.test(file));

const withoutBlocks = (page: string): string => page.replace(/^ *```[\s\S]*?^ *```/gm, '');

export function sectionsOf(page: string): readonly Section[] {
  const [, ...parts] = `\n${withoutBlocks(page)}`.split(/\n(?=#+ )/);
  return parts.map((part) => {
    const [, marks = '', title = ''] = /^(#+) (.*)/.exec(part) ?? [];
    return { level: marks.length, title, text: part.slice(part.indexOf('\n') + 1).trim() };
  });
}

/** The anchor that Git hosts give to a heading. */
export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** Targets of the links in a page, except for those outside of the repository. */
export const linksIn = (page: string): readonly string[] =>
  [
    ...withoutBlocks(page)
      .replace(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
