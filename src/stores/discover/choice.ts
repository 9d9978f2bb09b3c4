import { layoutOf } from '../../layouts/index.ts';
import { type Layout, type Server, settingsOf } from '../../layouts/layout.ts';
import { resolvedLayout } from '../../layouts/resolve.ts';
import { namedAfter, type TableForm } from '../../layouts/table-form.ts';
import { isRefusal } from '../store-error.ts';
import { markOf } from '../tables/mark.ts';
import { assumedNotes } from './assumed.ts';
import type { Assumed, Assumptions, Finding } from './finding.ts';
import { type Candidate, candidatesOf, type FoundTable } from './match-table.ts';
import { sessionLikeness } from './session-like.ts';

/** The layouts that a table may be of. */
export interface Chosen {
  /** Best first; empty for a table that only looks like sessions. */
  readonly candidates: readonly Candidate[];
  readonly notes: readonly string[];
  /** The first candidate's layout, with the settings that are known. */
  readonly layout?: Layout;
}

/** The tables that hold sessions, or look so; those of the layouts' own that belong to another table are left out. */
export function chosenOf<Table extends FoundTable>(
  tables: readonly Table[],
  server: Server,
  { timeZone }: Assumptions,
): readonly { readonly table: Table; readonly chosen: Chosen }[] {
  const found = tables.map((table) => ({ table, candidates: candidatesOf(table, server) }));
  const children = new Set(
    found.flatMap(({ table, candidates: [first] }) => (first ? childrenOf(table, first, server) : [])),
  );
  return found.flatMap<{ table: Table; chosen: Chosen }>(({ table, candidates }) => {
    const [first] = candidates;
    if (first) {
      const { columns } = first;
      const layout = resolvedLayout(layoutOf(first.layout), { columns, timeZone });
      return [{ table, chosen: { candidates, notes: notesOf(candidates, layout), layout } }];
    }
    const likeness = children.has(placeOf(table, table.table)) ? undefined : sessionLikeness(table);
    if (likeness === undefined) return [];
    const notes = [`${likeness}; a manifest with layout: custom can describe it`];
    return [{ table, chosen: { candidates, notes } }];
  });
}

const placeOf = ({ schema = '' }: FoundTable, name: string): string => JSON.stringify([schema, name]);

/** Tables with rows that go with the sessions of this one. */
const childrenOf = (table: FoundTable, { layout }: Candidate, server: Server): readonly string[] =>
  (layoutOf(layout)[server]?.children ?? []).map((child) =>
    placeOf(table, namedAfter(child.table, table.table)),
  );

function changeTo(shape: string): string {
  const { variant } = settingsOf(shape);
  return variant === undefined ? 'change layout' : `set layoutOptions.variant: ${variant}`;
}

function notesOf([first, second]: readonly Candidate[], { mayPreserve }: Layout): readonly string[] {
  return [
    ...(second && first
      ? [
          `may also be of ${second.layout} (${second.reasons.join(', ')}): ${changeTo(second.layout)} if it is`,
        ]
      : []),
    ...(mayPreserve
      ? ['its library can be set to keep ended sessions on purpose: leave them if it is, and remove cleanup']
      : []),
  ];
}

/** Whether an index serves clean-up in order of time; no index serves a sum. */
export function indexUse({ rules }: TableForm, hasTimeIndex: boolean): NonNullable<Finding['index']> {
  if (rules[0].plus) return 'none';
  return hasTimeIndex ? 'yes' : 'no';
}

/** The owner of a table by the mark in its comment. */
export function claimIn(comment: string | null): Pick<Finding, 'claimedBy'> {
  const mark = markOf(comment);
  if (mark === undefined) return {};
  return { claimedBy: mark === 'unreadable' ? 'of another version' : `${mark.namespace}/${mark.name}` };
}

/** The notes on a table that was counted, with the problems for which set-up would refuse it. */
export const countedNotes = (
  { notes }: Pick<Finding, 'notes'>,
  problems: readonly string[],
  assumed: Assumed,
): readonly string[] => [
  ...notes,
  ...problems.map((problem) => `set-up would refuse it: ${problem}`),
  ...assumedNotes(assumed),
];

/** Why a table has no counts; throws what ends the whole search. */
export function whyNotCounted(error: unknown): string {
  if (!isRefusal(error)) throw error;
  return `could not be counted: ${error.message}`;
}
