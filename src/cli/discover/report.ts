import { visible } from '../../api/visible.ts';
import type { Counts, Finding } from '../../stores/discover/finding.ts';
import { type Column, columnsThatFit, tableOf } from '../columns.ts';
import { sizeText } from '../size-text.ts';
import { linesOfTable } from '../table.ts';

const number = new Intl.NumberFormat('en');

const counted = (count: number | undefined, { isEstimate }: Pick<Counts, 'isEstimate'>): string =>
  count === undefined ? '?' : `${isEstimate ? '~' : ''}${number.format(count)}`;

/** The table's name, or the folder's path, with every character visible. */
export const placeOf = ({ schema, table, path }: Finding): string =>
  visible(table === undefined ? path || '.' : schema === undefined ? table : `${schema}.${table}`);

const layoutNameOf = ({ candidates }: Finding): string => {
  const [first, ...others] = candidates;
  if (!first) return '?';
  return others.length > 0 ? `${first.layout} (or ${others.length} more)` : first.layout;
};

const indexTexts = { yes: 'yes', no: 'no', none: '-' } as const;

const isEstimate = ({ counts }: Finding): Pick<Counts, 'isEstimate'> => ({
  isEstimate: counts?.isEstimate ?? false,
});

const columns: readonly Column<Finding>[] = [
  { heading: 'PLACE', rank: 0, cell: placeOf },
  { heading: 'LAYOUT', rank: 0, cell: layoutNameOf },
  { heading: 'SESSIONS', rank: 0, cell: (one) => counted(one.counts?.sessions, isEstimate(one)) },
  { heading: 'STALE', rank: 0, cell: (one) => counted(one.counts?.stale, isEstimate(one)) },
  { heading: 'SINCE', rank: 1, cell: ({ counts }) => counts?.oldestStale?.slice(0, 10) ?? '-' },
  { heading: 'SIZE', rank: 2, cell: ({ bytes }) => (bytes === undefined ? '-' : sizeText(bytes)) },
  { heading: 'INDEX', rank: 3, cell: ({ index }) => (index === undefined ? '-' : indexTexts[index]) },
];

/** Text in lines of at most `width` characters; all but the first are indented. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = `    ${word}`;
    }
  }
  return [...lines, line];
}

const notesOf = (finding: Finding): readonly string[] => [
  ...(finding.claimedBy === undefined ? [] : [`belongs to SessionStore ${finding.claimedBy} already`]),
  ...finding.notes,
  ...(finding.index === 'no'
    ? ['has no index in order of time: each run reads all of it (setup.createIndex: true adds one)']
    : []),
  ...(finding.counts && finding.counts.unreadable > 0
    ? [
        `${number.format(finding.counts.unreadable)} sessions have no time that can be read, and would be kept`,
      ]
    : []),
];

const mostPlaces = 3;

const placesText = (places: readonly string[]): string =>
  places.length > mostPlaces
    ? `${places.slice(0, mostPlaces).join(', ')} and ${places.length - mostPlaces} more`
    : places.join(', ');

/** Each note once, after the places that it is about. */
function noteLines(findings: readonly Finding[]): readonly string[] {
  const places = new Map<string, string[]>();
  for (const finding of findings)
    for (const note of notesOf(finding)) {
      const about = places.get(note) ?? [];
      about.push(placeOf(finding));
      places.set(note, about);
    }
  return [...places].map(([note, about]) => `${placesText(about)}: ${visible(note)}`);
}

/** The table of findings, and below it what should be known about them. */
export function reportLines(findings: readonly Finding[], width?: number): readonly string[] {
  const notes = noteLines(findings);
  const shown = width === undefined ? columns : columnsThatFit(columns, findings, width);
  return [
    ...linesOfTable(tableOf(shown, findings), width),
    ...(notes.length > 0 ? ['', ...notes.flatMap((note) => wrapped(note, width ?? 120))] : []),
  ];
}

/** One line about a finding, at the head of its manifest. */
export function summaryOf(finding: Finding): string {
  const { counts, bytes } = finding;
  if (!counts) return `Found ${placeOf(finding)}`;
  const since = counts.oldestStale === undefined ? '' : ` since ${counts.oldestStale.slice(0, 10)}`;
  const size = bytes === undefined ? '' : `, ${sizeText(bytes)}`;
  return `Found ${placeOf(finding)}: ${counted(counts.sessions, counts)} sessions, ${counted(counts.stale, counts)} of them stale${since}${size}`;
}
