import { z } from 'zod';
import { failureReasons } from './reasons.ts';
import { spentTokensSchema } from './spent-tokens.ts';
import { undeletableCauses } from './undeletable-causes.ts';
import { visibleWithin } from './visible.ts';

const time = z.iso.datetime();
const count = z.int().min(0);
/** Whoever writes a termination message can put anything into it, so nothing of it stays unseen. */
const text = (length: number) =>
  z
    .string()
    .max(length)
    .transform((words) => visibleWithin(words, length));
const sentence = text(1024);

/** What a run proved of its connection; never a credential. */
export const connectionReportSchema = z.object({
  /** Such as `PostgreSQL 15.18`. */
  server: text(128),
  /** Such as `TLSv1.3 verified`, or `off`. */
  tls: text(64),
  certificateExpires: time.optional(),
});

/** The zone of a naive time column, and where it came from. */
const zoneSchema = z.object({ name: text(64), source: z.enum(['Spec', 'Connection']) });

/** What set-up found or made. */
export const setupReportSchema = z.object({
  outcome: z.enum(['Created', 'Adopted', 'Overwritten', 'Verified']),
  /** Whether the store carries this SessionStore's mark now. */
  marked: z.boolean(),
  /** The overwrite token that was asked for: this or an earlier run has spent it. */
  overwriteToken: z.string().max(64).optional(),
  /** Every token that status or mark knows to be spent, this one included. */
  spentTokens: spentTokensSchema.optional(),
  /** What the application's own role reads a naive time column in: clean-up, whoever's role it has, goes by it. */
  timeZone: zoneSchema.optional(),
  connection: connectionReportSchema.optional(),
  /** What a person should know: no index, a mark that could not be written. */
  notes: z.array(sentence).max(8),
});

/** What clean-up did. `remaining` and `overdue` are exact unless they say otherwise. */
export const cleanupReportSchema = z.object({
  deleted: count,
  /** Stale sessions left; counted up to a limit, then `overdueAtLeast`. */
  overdue: count,
  overdueAtLeast: z.boolean().optional(),
  remaining: count.optional(),
  remainingIsEstimate: z.boolean().optional(),
  oldestStale: time.optional(),
  /** Sessions whose age could not be read: kept. */
  unreadable: count.optional(),
  /** Stale sessions that were seen and could not be deleted, by cause; they are among `overdue`. */
  undeletable: z
    .array(z.object({ cause: z.enum(undeletableCauses), count }))
    .max(undeletableCauses.length)
    .optional(),
  /** Whether it saw everything; false where the deadline or a stop came first, or where a rewrite made figures void. */
  complete: z.boolean(),
  dryRun: z.boolean(),
  timeZone: zoneSchema.optional(),
  connection: connectionReportSchema.optional(),
  notes: z.array(sentence).max(8),
});

/**
 * What a run writes to the termination log as its last act: at most 3.5 KiB of JSON. The operator reads it as
 * untrusted input.
 */
export const resultSchema = z.object({
  command: z.enum(['setup', 'delete-old']),
  startedAt: time,
  finishedAt: time,
  setup: setupReportSchema.optional(),
  cleanup: cleanupReportSchema.optional(),
  failure: z.object({ reason: z.enum(failureReasons), message: sentence }).optional(),
});

export type ConnectionReport = z.output<typeof connectionReportSchema>;
export type SetupReport = z.output<typeof setupReportSchema>;
export type CleanupReport = z.output<typeof cleanupReportSchema>;
export type RunnerResult = z.output<typeof resultSchema>;

const maxBytes = 3584;

/** The result with every text cut to the length and to what the schema takes, and only the first notes. */
function shortened(
  { setup, cleanup, failure, ...rest }: RunnerResult,
  length: number,
  notes: number,
): object {
  const cut = (text: string, atMost = length) => {
    const end = Math.min(length, atMost);
    return text.length <= end ? text : `${text.slice(0, end - 1)}…`;
  };
  const report = (part: SetupReport | CleanupReport) => ({
    ...part,
    notes: part.notes.slice(0, notes).map((note) => cut(note)),
    ...(part.connection && {
      connection: {
        ...part.connection,
        server: cut(part.connection.server, 128),
        tls: cut(part.connection.tls, 64),
      },
    }),
  });
  return {
    ...rest,
    ...(setup && { setup: report(setup) }),
    ...(cleanup && { cleanup: report(cleanup) }),
    ...(failure && { failure: { ...failure, message: cut(failure.message) } }),
  };
}

/** What is given up, step by step, until the result fits: notes before the failure's words, figures never. */
const concessions = [
  [1024, 8],
  [1024, 4],
  [512, 4],
  [1024, 0],
  [512, 0],
  [256, 0],
  [128, 0],
  [64, 0],
  [32, 0],
] as const;

/** The result as it goes to the termination log: texts give way where it would grow past the limit. */
export function serializeResult(result: RunnerResult): string {
  let text = '';
  for (const [length, notes] of concessions) {
    text = JSON.stringify(shortened(result, length, notes));
    if (Buffer.byteLength(text) <= maxBytes) break;
  }
  return text;
}

/** The result in a termination message, or undefined where there is none that can be believed. */
export function parseResult(message: string | undefined): RunnerResult | undefined {
  if (!message || message.length > 4096) return undefined;
  try {
    return resultSchema.safeParse(JSON.parse(message)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
