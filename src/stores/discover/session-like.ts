import { familyOf } from '../tables/shape-types.ts';
import { type FoundTable, isNamedAfterSessions } from './match-table.ts';
import { plain } from './plain-name.ts';

/** Names of columns that hold a session or its id, without case and underscores. */
export const ofSessions: ReadonlySet<string> = new Set([
  ...[
    'sid',
    'sess',
    'sessid',
    'sessdata',
    'session',
    'sessionid',
    'sessionkey',
    'sessiondata',
    'sessiontoken',
  ],
  ...['sessionvalue', 'sessionpayload'],
]);

/** True for a column that may be a time by its type, or a number with the name of one. */
const mayBeTime = ({ name, type }: FoundTable['columns'][number]): boolean =>
  ['instant', 'wall'].includes(familyOf(type)) ||
  (familyOf(type) === 'number' && /expir|modif|updat|access|activ|chang|time|last/i.test(name));

/** Why a table looks like one of sessions though no layout fits it; undefined for any other table. */
export function sessionLikeness({ table, columns }: FoundTable): string | undefined {
  const times = columns.filter(mayBeTime).map(({ name }) => name);
  const own = columns.map(({ name }) => name).filter((name) => ofSessions.has(plain(name)));
  if (!isNamedAfterSessions(table) && (own.length === 0 || times.length === 0)) return undefined;
  const named = isNamedAfterSessions(table) ? 'its name' : `column ${own.join(', ')}`;
  const time =
    times.length > 0
      ? `its time may be in ${times.slice(0, 4).join(', ')}`
      : 'no column looks like a time; clean-up needs one';
  return `looks like sessions by ${named}; ${time}`;
}
