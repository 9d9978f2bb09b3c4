import type { Column, RowTime, TableForm } from '../../layouts/table-form.ts';
import { StoreError } from '../store-error.ts';
import { typeIn } from '../tables/shape-types.ts';
import { type Cutoffs, clockOf, type TimeClock } from '../tables/stale-rule.ts';
import { clockText, earliestInstant, earliestWallClock, wallClockAt } from '../tables/wall-clock.ts';

/**
 * The cutoff, in whole seconds since 1970, as each kind of time has it. Zones are this machine's: the server's database
 * of zones may be empty. Throws InvalidInput where a time needs the application's zone and the spec names none.
 */
export function cutoffsOf(
  { rules }: Pick<TableForm, 'rules'>,
  columns: readonly Pick<Column, 'name' | 'type'>[],
  { cutoff, timeZone }: { readonly cutoff: number; readonly timeZone: string | undefined },
): Cutoffs {
  const text = clockText(cutoff);
  const inUtc = { epoch: String(cutoff), instant: text, utc: text };
  const zoned = rules.find(({ at }) => clockOf(at, typeIn(columns, at.column), timeZone) !== 'instant');
  if (!zoned) return inUtc;
  if (timeZone === undefined) throw noZone(zoned.at);
  const [local, session] = [earliestWallClock(cutoff, timeZone), earliestInstant(cutoff, timeZone)];
  return {
    ...inUtc,
    local: clockText(local.at),
    session: clockText(session.at),
    inexact: [
      ...(local.isExact ? [] : (['local'] as const)),
      ...(session.isExact ? [] : (['session'] as const)),
    ],
  };
}

/** The instant of a time by such a clock, in seconds since 1970. */
export function instantOf(seconds: number, clock: TimeClock, timeZone: string | undefined): number {
  if (timeZone === undefined || clock === 'instant') return seconds;
  return clock === 'local' ? earliestInstant(seconds, timeZone).at : wallClockAt(seconds, timeZone);
}

function noZone({ column, throughSession }: RowTime): StoreError {
  const [why, ask] = throughSession
    ? [
        'the library writes UTC into it, which the time zone of the application’s session shifts',
        'the time zone that the application’s connection to MySQL has (SELECT @@time_zone, and @@system_time_zone if that is SYSTEM)',
      ]
    : [
        'it holds the application’s local time, without a zone',
        'the time zone in which the application writes it',
      ];
  return new StoreError(
    'InvalidInput',
    `Expected the application’s time zone, which column ${column} needs: ${why}. Set layoutOptions.timeZone to ${ask}`,
  );
}
