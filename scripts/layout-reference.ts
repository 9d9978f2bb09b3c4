import type { FileForm, FileRule } from '../src/layouts/file-form.ts';
import { shapes } from '../src/layouts/index.ts';
import { type Layout, settingsOf } from '../src/layouts/layout.ts';
import type { AgeRule, RowTime, TableForm } from '../src/layouts/table-form.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const code = (text: string): string => `\`${text}\``;

/** The layout's name, and that of its variant below it. */
const shapeText = (name: string, link: (layout: string) => string = (layout) => layout): string => {
  const { layout, variant } = settingsOf(name);
  return link(code(layout)) + (variant === undefined ? '' : `<br>${code(`variant: ${variant}`)}`);
};

const backendsOf = ({ postgres, mysql, directory, shelve, durus }: Layout): readonly string[] => [
  ...(postgres ? ['postgres'] : []),
  ...(mysql ? ['mysql'] : []),
  ...(directory ? ['directory'] : []),
  ...(shelve ? ['shelve'] : []),
  ...(durus ? ['durus'] : []),
];

const formsOf = ({ postgres, mysql }: Layout): readonly (readonly [server: string, form: TableForm])[] => [
  ...(postgres ? [['PostgreSQL', postgres] as const] : []),
  ...(mysql ? [['MySQL', mysql] as const] : []),
];

const units = { s: 'seconds', ms: 'milliseconds' } as const;

/** The place of a time without a zone, as a phrase. */
function zoneOf({ zone, zoneMayDiffer, throughSession }: RowTime): string {
  if (throughSession) return 'UTC’s clock through the session’s zone: `layoutOptions.timeZone`';
  if (zone === 'application') return 'the application’s zone';
  if (zone === 'UTC') return zoneMayDiffer ? 'UTC, or `layoutOptions.timeZone`' : 'UTC';
  return '';
}

function ruleText({ at, plus, when, inclusive, optional }: AgeRule): string {
  const sum = plus ? ` + ${code(plus.column)} (${units[plus.unit]})` : '';
  const unit = at.unit ? `, ${units[at.unit]} since 1970` : '';
  const zone = zoneOf(at);
  const about =
    when?.atMost === undefined
      ? when?.above === undefined
        ? ''
        : ` where ${code(when.column)} is above ${when.above}`
      : ` where ${code(when.column)} is at most ${when.atMost}`;
  const boundary = inclusive ? ', the instant itself included' : '';
  const asked = optional ? ` if ${code(`layoutOptions.${optional}`)} is set` : '';
  return `${code(at.column)}${sum}${unit}${zone ? `, ${zone}` : ''}${about}${boundary}${asked}`;
}

/** The same for both servers is said once. */
function perServer(layout: Layout, textOf: (form: TableForm) => string): string {
  const texts = formsOf(layout).map(([server, form]) => ({ server, text: textOf(form) }));
  const [first] = texts;
  if (!first) return '';
  if (texts.every(({ text }) => text === first.text)) return first.text;
  return texts.map(({ server, text }) => `${server}: ${text}`).join('; ');
}

const fileNameText = ({ name: { prefix = '', suffix = '' }, options }: FileForm): string =>
  `${code(`${prefix}<id>${suffix}`)}${options?.includes('depth') ? ', in `layoutOptions.depth` levels of folders' : ''}`;

function fileRuleText({ at, plus }: FileRule): string {
  const from =
    at === 'mtime'
      ? 'the file’s mtime'
      : at.path.length > 0
        ? code(at.path.join('.'))
        : 'the file’s first four bytes';
  if (plus === undefined) return from;
  return `${from} + ${typeof plus === 'object' ? code(plus.path.join('.')) : `\`layoutOptions.${plus}\``}`;
}

const indexText = ({ rules, indexes }: TableForm): string =>
  indexes.some(({ columns }) => columns[0] === rules[0].at.column) ? 'yes' : 'no';

const madeText = ({ postgres, mysql }: Layout): string =>
  (postgres ?? mysql)?.madeBy === 'library' ? 'adopted' : 'made or adopted';

const row = (layout: Layout): string => {
  const { name, title, source, age, library, directory } = layout;
  const cells = [
    `${shapeText(name, (layout) => `[${layout}](${source})`)}<br>${title}`,
    backendsOf(layout).map(code).join(', '),
    madeText(layout),
    age === 'expiry' ? 'expiry: `expiredFor`' : 'last change: `unmodifiedFor`',
    perServer(layout, ({ table }) => code(table)) || (directory ? fileNameText(directory) : ''),
    perServer(layout, ({ rules }) => rules.map(ruleText).join('; or ')) ||
      (directory ? directory.rules.map(fileRuleText).join('; else ') : ''),
    perServer(layout, indexText),
  ];
  return `| ${cells.map(cell).join(' | ')} | ${library.readsCheckExpiry ? 'yes' : '**no**'} |`;
};

const proofs = { library: 'the library itself', source: 'from source' } as const;

const libraryRow = ({ name, library }: Layout): string => {
  const cells = [
    shapeText(name),
    library.versions,
    proofs[library.proof],
    library.cleansItself,
    library.switchOff ?? '',
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
};

const touchedRow = ({ name, library }: Layout): readonly string[] =>
  library.alsoTouched === undefined ? [] : [`* ${shapeText(name)}: ${library.alsoTouched}`];

/** docs/layouts.md: every layout by its data. */
export function layoutReference(): string {
  return `# Layouts

A layout is one session library's table or folder: its names, its types, and the meaning of its time. \`spec.layout\` names
it, and \`layoutOptions.variant\` a second shape of the same library's. Set-up makes the store as the library expects it, or adopts the one that the library's migration made; clean-up deletes
a session when the library would call it dead, and \`expiredFor\` or \`unmodifiedFor\` has passed. [Moving in](moving-in.md) says how
to start with a store that exists. An example of each is in [\`deploy/examples/layouts\`](../deploy/examples/layouts).

* **adopted**: only the library's own migration makes the table.
* **Index**: whether the library's own DDL has an index on the time. Clean-up works without one, and reads the whole table.
* **Reads check**: whether the library refuses a session that has expired. Where it does not, an old cookie works until clean-up
  has run, so clean-up is a security control.

| Layout | Backends | Store | Age | Table or files | Time | Index | Reads check |
| --- | --- | --- | --- | --- | --- | --- | --- |
${shapes.map(row).join('\n')}
| \`custom\`<br>a layout of your own | \`postgres\`, \`mysql\`, \`directory\` | adopted | \`customLayout.means\` | \`table\` | \`customLayout.table\`, \`customLayout.files\` | | |

## The libraries

"The library itself": in the tests, the library writes sessions, clean-up runs, and the library sees every live session and
no dead one; its own clean-up would have deleted the same ones. "From source": the library could not be run here, and
the layout follows its published source.

| Layout | Compared with | Proven by | Cleans itself | Switch that off |
| --- | --- | --- | --- | --- |
${shapes.map(libraryRow).join('\n')}

Clean-up writes no file or row that is not a session's, with these exceptions:

${shapes.flatMap(touchedRow).join('\n')}

## A layout of your own

\`layout: custom\` takes a table or a folder that no library of the list has made. \`customLayout\` names its key and its time, and how
to read the time: a column with a zone is an instant; a column without one is a wall clock (\`zone\`); a number counts
seconds or milliseconds since 1970 (\`unit\`). Every run only counts until \`customLayout.confirmed\` is true, and so does
the first run by a description that is confirmed from the start: look at the counts in status first. While it is true, \`customLayout\` and \`layoutOptions\` cannot change: another column or zone would have other counts. Clean-up refuses a column that is no time, a foreign key that would delete rows of a table that
\`cascades\` does not name, and a time whose values show another unit. [An example](../deploy/examples/layouts/custom.yaml):

\`\`\`yaml
layout: custom
customLayout:
  means: expiry          # or modified: the time of the last change
  table:
    key: token
    time: ends_at
    unit: s              # a number: s or ms. A clock without a zone: zone: UTC or Application
    never: [0]
    only: {column: kind, equals: session}
  confirmed: false
\`\`\`

| Column of the time | PostgreSQL | MySQL, MariaDB | needs |
| --- | --- | --- | --- |
| an instant | timestamptz | TIMESTAMP | – |
| a wall clock | timestamp | DATETIME | \`zone\`; with \`Application\` also \`layoutOptions.timeZone\` |
| a number since 1970 | integer, bigint, double precision, numeric | INT, BIGINT, DOUBLE, DECIMAL | \`unit\` |
`;
}
