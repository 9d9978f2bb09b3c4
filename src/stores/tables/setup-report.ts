import type { SetupReport } from '../../api/runner-result.ts';
import { tokensReported } from '../overwrite-token.ts';
import type { SetupOptions } from '../session-store.ts';
import type { Mark } from './mark.ts';
import { unmarkedNote } from './own-mark.ts';

const outcomes = {
  create: 'Created',
  truncate: 'Overwritten',
  replace: 'Overwritten',
  migrate: 'Adopted',
  mark: 'Adopted',
  adopt: 'Adopted',
  remark: 'Verified',
  verify: 'Verified',
} as const satisfies Record<string, SetupReport['outcome']>;

/** The work of a set-up on a table, and its state afterwards. */
interface Done {
  readonly action: keyof typeof outcomes;
  readonly mark: Mark | undefined;
  /** The reason why a table without a mark has none. */
  readonly unmarked: string;
  readonly connection: NonNullable<SetupReport['connection']>;
  readonly notes: readonly string[];
}

const mostNotes = 8;

/** The report of a set-up of a table. */
export function setupReport(options: SetupOptions, done: Done): SetupReport {
  const { action, mark, unmarked, connection, notes } = done;
  return {
    outcome: outcomes[action],
    marked: mark !== undefined,
    ...tokensReported(options, mark),
    connection,
    notes: [...(mark ? [] : [unmarkedNote(unmarked)]), ...notes].slice(0, mostNotes),
  };
}
