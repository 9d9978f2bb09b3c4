import { pages, read } from './markdown.ts';

/** A block of code in a page. */
export interface Block {
  readonly page: string;
  /** The language after the three backticks; empty without one. */
  readonly language: string;
  /** The reason why no test runs the block, from a comment `<!-- not run: … -->` before it. */
  readonly notRun?: string;
  readonly text: string;
}

const fence = /(?:<!-- not run: ([^\n]+?) -->\n)?^( *)```(\w*)\n([\s\S]*?)^ *```$/gm;

export const blocksIn = (page: string, text = read(page)): readonly Block[] =>
  [...text.matchAll(fence)].map(([, notRun, indent = '', language = '', code = '']) => ({
    page,
    language,
    ...(notRun !== undefined && { notRun }),
    text: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));

export const blocks: readonly Block[] = pages.flatMap((page) => blocksIn(page));

/** Lines of a shell, continued lines joined, without comments. */
export const linesOf = (text: string): readonly string[] =>
  text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s+)#\s.*/, '').trim())
    .filter((line) => line !== '');
