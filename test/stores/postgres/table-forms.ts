import type { AgeRule, TableForm } from '../../../src/layouts/table-form.ts';
import { deleteOldSessions } from '../../../src/stores/postgres/cleanup.ts';
import { openContext, type TaskOptions } from './cleanup-fixture.ts';
import type { Shop } from './fixture.ts';

/** A layout of the table `sessions` with these rules: for a form of time, without a library. */
export const formWith = (...rules: readonly [AgeRule, ...AgeRule[]]): TableForm => ({
  table: 'sessions',
  columns: [],
  key: { column: 'id', is: 'primary' },
  payload: 'id',
  rules,
  indexes: [],
  hasOtherColumns: true,
  timeIndex: { name: 'sessions_time_idx', column: rules[0].at.column },
});

/** Cleans a table of this form: sessions that are older than a day, at full pace. */
export async function cleanForm(shop: Shop, layout: TableForm, options: TaskOptions = {}) {
  await using context = await openContext(shop, { ...options, table: 'sessions' });
  const own = { ...context, layout, layoutName: 'custom' };
  return await deleteOldSessions(own, { ageSeconds: 86_400, pace: 'full', ...options });
}

/** The ids that are left, sorted. */
export async function idsIn(shop: Shop): Promise<readonly string[]> {
  const rows = await shop.sql<{ id: string }>('SELECT id FROM sessions');
  return rows.map(({ id }) => id).toSorted();
}

/** A form of time: its rule, its columns in SQL, and their values for an instant `t` of type timestamptz. */
export interface TimeForm {
  readonly rule: AgeRule;
  readonly columns: string;
  readonly values: string;
  readonly timeZone?: string;
  /** The last instant that the column can hold, if it ends soon. */
  readonly until?: string;
}

const zone = 'America/New_York';
const epoch = 'extract(epoch FROM t)';
const at = (parts: Omit<AgeRule['at'], 'column'> = {}): AgeRule => ({ at: { column: 'time', ...parts } });

/** Each form of time that a layout can say. */
export const timeForms: Readonly<Record<string, TimeForm>> = {
  'an instant': { rule: at(), columns: 'time timestamptz', values: 't' },
  'UTC’s wall clock': {
    rule: at({ zone: 'UTC' }),
    columns: 'time timestamp(6)',
    values: `t AT TIME ZONE 'UTC'`,
  },
  'the application’s wall clock': {
    rule: at({ zone: 'application' }),
    columns: 'time timestamp',
    values: `t AT TIME ZONE '${zone}'`,
    timeZone: zone,
  },
  'a wall clock of UTC by default, in a zone of the spec': {
    rule: at({ zone: 'UTC', zoneMayDiffer: true }),
    columns: 'time timestamp',
    values: `t AT TIME ZONE '${zone}'`,
    timeZone: zone,
  },
  'seconds in 32 bits': {
    rule: at({ unit: 's' }),
    columns: 'time int',
    values: epoch,
    until: '2038-01-19T03:14:07Z',
  },
  'seconds in 64 bits': { rule: at({ unit: 's' }), columns: 'time bigint', values: epoch },
  'milliseconds in 64 bits': { rule: at({ unit: 'ms' }), columns: 'time bigint', values: `${epoch} * 1000` },
  'seconds in a double': { rule: at({ unit: 's' }), columns: 'time float8', values: epoch },
  'milliseconds in a double': { rule: at({ unit: 'ms' }), columns: 'time float8', values: `${epoch} * 1000` },
  'seconds in a numeric': { rule: at({ unit: 's' }), columns: 'time numeric(30,6)', values: epoch },
  'milliseconds, stale at the instant itself': {
    rule: { ...at({ unit: 'ms' }), inclusive: true },
    columns: 'time bigint',
    values: `${epoch} * 1000`,
  },
  'an instant, stale at the instant itself': {
    rule: { ...at(), inclusive: true },
    columns: 'time timestamptz',
    values: 't',
  },
  'a sum of seconds': {
    rule: { ...at({ unit: 's' }), plus: { column: 'life', unit: 's' } },
    columns: 'time bigint, life int',
    values: `${epoch} - 1800, 1800`,
  },
  'a sum of milliseconds and seconds': {
    rule: { ...at({ unit: 'ms' }), plus: { column: 'life', unit: 's' } },
    columns: 'time bigint, life float8',
    values: `(${epoch} - 1800) * 1000, 1800`,
  },
  'a sum of an instant and milliseconds': {
    rule: { ...at(), plus: { column: 'life', unit: 'ms' } },
    columns: 'time timestamptz, life bigint',
    values: `t - interval '30 minutes', 1800000`,
  },
  'a sum of UTC’s wall clock and seconds': {
    rule: { ...at({ zone: 'UTC' }), plus: { column: 'life', unit: 's' } },
    columns: 'time timestamp, life int',
    values: `(t - interval '30 minutes') AT TIME ZONE 'UTC', 1800`,
  },
};
