import { expect, test } from 'vitest';
import { blocks, linesOf } from './blocks.ts';
import { faultsOf, isCommand } from './commands.ts';
import { pages, read } from './markdown.ts';

test('each block with commands is tagged sh, so that they are checked', () => {
  const untagged = blocks.filter(({ language, text }) => language === '' && linesOf(text).some(isCommand));
  expect(untagged.map(({ page, text }) => `${page}: ${text}`)).toEqual([]);
});

/** Lines within quotes that span several belong to one command. */
const commandsIn = (text: string): readonly string[] =>
  linesOf(text.replaceAll(/"[^"]*"/g, (quoted) => quoted.replaceAll('\n', ' ')));

test('each command names existing targets, scripts, files, values and flags', async () => {
  const shells = blocks.filter(({ language }) => language === 'sh');
  expect(shells.length).toBeGreaterThan(20);
  const faults = shells.flatMap(({ page, text }) =>
    commandsIn(text).map(async (line) => (await faultsOf(line)).map((fault) => `${page}: ${fault}`)),
  );
  expect((await Promise.all(faults)).flat()).toEqual([]);
});

test('each command within a sentence names existing targets, scripts, files, values and flags', async () => {
  const inline = /`((?:kubectl|make|helm|npm run|npx|sessionstore) [^`\n]+)`/g;
  const faults = pages
    .filter((page) => !page.startsWith('docs/adr/'))
    .flatMap((page) =>
      [
        ...read(page)
          .replace(/^ *```[\s\S]*?^ *```/gm, '')
          .matchAll(inline),
      ].map(async ([, line = '']) =>
        (await faultsOf(line.replace(/ …$/, ''))).map((fault) => `${page}: ${fault}`),
      ),
    );
  expect(faults.length).toBeGreaterThan(20);
  expect((await Promise.all(faults)).flat()).toEqual([]);
});

test.each([
  ['make demon', 'demon'],
  ['npm run test:all', 'no script test:all'],
  ['kubectl aply -f deploy', 'no command aply'],
  ['kubectl apply --server-side -f dist-release/instal.yaml', 'no dist-release/instal.yaml'],
  [
    'helm upgrade a dist-release/session-store-operator-0.1.0.tgz --set flags.logLevell=debug',
    'no value flags.logLevell',
  ],
  ['sessionstore suspendd shop', 'no command suspendd'],
  ['sessionstore suspend shop --now', 'no flag --now'],
  ['kubectl sessionstore resumee shop', 'no command resumee'],
  ['node bench/clean.ts', 'no bench/clean.ts'],
  ['curly -s example.com', 'curly is not a command'],
])('%s is refused', async (line, fault) => {
  expect((await faultsOf(line)).join()).toContain(fault);
});
