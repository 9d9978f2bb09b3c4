import { z } from 'zod';
import { parsedJson } from './parsed-json.ts';

const count = z.int().min(0);

/** How far a clean-up is. */
const progressSchema = z.object({
  deleted: count,
  /** Sessions that were looked at; those that an index excludes are not among them. */
  seen: count,
  /** Sessions looked at per second, since the start of the clean-up; 0 in its first line. */
  rate: z.number().min(0),
  /** Estimate of how many will be looked at; absent if only another scan could tell. */
  of: count.optional(),
});

/** A line of a run's log with its progress; every line also has `level` and `msg`. */
const progressLineSchema = z.object({ time: z.iso.datetime(), progress: progressSchema });

export type Progress = z.output<typeof progressSchema>;

/** Longer lines of a log are not about progress. */
const longestLine = 512;

/** The progress in a line of a run's log; undefined for any other line. */
export function progressOf(line: string): Progress | undefined {
  if (line.length > longestLine || !line.includes('"progress":{')) return undefined;
  return progressLineSchema.safeParse(parsedJson(line)).data?.progress;
}
