import { z } from 'zod';
import { idAlphabets } from '../layouts/custom.ts';
import { layouts } from '../layouts/index.ts';
import { ageSchema } from './duration.ts';
import { patterned } from './patterned.ts';
import { timeZonePattern } from './time-zones.ts';

export const zone = patterned(
  z.string().max(64),
  timeZonePattern,
  'must be a name of the time zone database, such as Europe/Berlin or Etc/UTC',
);

/** Printable ASCII, as every name of a table or a column here. */
const columnName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[ -~]+$/);

/** Levels of folders above a session's file. */
const levels = z.int().min(0).max(8);

const fileNamePart = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9._-]*$/);

const variantNames = [...new Set(layouts.flatMap(({ variants = [] }) => variants.map(({ name }) => name)))];

export const layoutOptionsSchema = z
  .object({
    variant: z
      .enum(variantNames)
      .optional()
      .describe(
        'Another shape of the library’s store: docs/layouts.md lists the variants of each layout. Default: its main shape. Cannot change.',
      ),
    timeZone: zone
      .optional()
      .describe(
        'The time zone in which the application writes times without a zone, such as ' +
          '`America/New_York`. Default in PostgreSQL: the time zone of a new connection of the application’s role, as ' +
          'set-up recorded it; some layouts always write UTC. Required where the server does not tell it: the layout ' +
          'scs and wall clocks of the application in MySQL. Has no effect on a column that stores a zone with the time.',
      ),
    columns: z
      .record(columnName, columnName)
      .meta({ maxProperties: 16 })
      .optional()
      .describe(
        'New names of columns that the library lets its users rename: the library’s own name, then the name in this table.',
      ),
    creationLimit: z
      .boolean()
      .optional()
      .describe(
        'Whether sessions also end when they were created longer ago than cleanup.unmodifiedFor, as newer versions of rails do. Default: false.',
      ),
    deletePreserved: z
      .boolean()
      .optional()
      .describe(
        'Whether sessions that have ended may be deleted although the library can be set to keep them. Must be true for ' +
          'a clean-up of better-auth, whose preserveSessionInDatabase keeps them on purpose. Default: false.',
      ),
    ttl: ageSchema
      .optional()
      .describe(
        'The lifetime of a session that the application is configured with. Required for layouts of files without an expiry of their own.',
      ),
    depth: levels
      .optional()
      .describe(
        'Levels of folders above the files, such as the `N` of PHP’s `session.save_path = "N;/path"`. Default: 0.',
      ),
    prefix: fileNamePart
      .optional()
      .describe(
        'The beginning of each file’s name, where the application has changed it, such as Django’s SESSION_COOKIE_NAME.',
      ),
  })
  .describe('Settings of the layout that depend on the application.');

const unit = z.enum(['s', 'ms']);

const customTable = z
  .object({
    key: columnName.describe('Column with the session’s id.'),
    time: columnName.describe('Column with the time of the session.'),
    zone: z
      .enum(['UTC', 'Application'])
      .optional()
      .describe(
        'Time zone of a time column that stores no zone. UTC: the column holds UTC. Application: the zone in layoutOptions.timeZone, or its default.',
      ),
    unit: unit.optional().describe('Unit of a numeric time column, counted since 1970.'),
    lifetime: z
      .object({
        column: columnName.describe('Column with a number that is added to the time.'),
        unit: unit.describe('Unit of the number.'),
      })
      .optional()
      .describe(
        'Lifetime column of the same row. Clean-up adds its value to the time column and compares the sum.',
      ),
    never: z
      .array(z.int().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER))
      .max(4)
      .optional()
      .describe('Numbers in the time column that mean that the session never ends.'),
    nullMeansNever: z
      .boolean()
      .optional()
      .describe(
        'Whether NULL means that the session never ends. Default: false, which keeps such rows and counts them as unreadable.',
      ),
    only: z
      .object({
        column: columnName.describe('Column that tells sessions from other rows.'),
        equals: z.string().max(256).describe('Value of the column in a session’s row.'),
      })
      .optional()
      .describe('Rows that are sessions, if the table holds others as well; the others are never deleted.'),
    cascades: z
      .array(columnName)
      .max(8)
      .optional()
      .describe(
        'Tables whose rows may be deleted along with a session by a foreign key with ON DELETE CASCADE.',
      ),
  })
  .describe('The sessions are rows of a table.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: '!has(self.zone) || !has(self.unit)',
        message:
          'zone is for a time column without a zone, and unit for a number: set the one that fits the column',
      },
      {
        rule: '!has(self.never) || has(self.unit)',
        message: 'never lists numbers and applies only to a time column that is a number, which needs unit',
      },
    ],
  });

const customFiles = z
  .object({
    prefix: fileNamePart.optional().describe('The beginning of each file’s name. Default: none.'),
    suffix: fileNamePart.optional().describe('The end of each file’s name, such as `.json`. Default: none.'),
    characters: z
      .enum(idAlphabets)
      .optional()
      .describe(
        'Characters allowed between prefix and suffix. Clean-up ignores files whose names contain other characters. Default: Any.',
      ),
    depth: levels
      .optional()
      .describe(
        'Number of folder levels above the files. Each level is named by the next character of the session id. Default: 0.',
      ),
    json: z
      .object({
        path: z
          .array(z.string().min(1).max(64))
          .min(1)
          .max(8)
          .describe('Names of the fields that lead to the time, from the outermost object inwards.'),
        unit: z
          .enum(['s', 'ms', 'iso'])
          .describe('Unit of a number since 1970, or `iso` for text in ISO 8601.'),
      })
      .optional()
      .describe(
        'The time stands in the file, which holds a JSON object. Default: the file’s time of change.',
      ),
    header: z
      .object({
        unit: z.literal('s').describe('Unit of the number since 1970.'),
        never: z
          .array(z.int().min(0).max(4_294_967_295))
          .max(4)
          .optional()
          .describe('Numbers that mean that the session never ends.'),
      })
      .optional()
      .describe('The time is an unsigned number in the first four bytes, in the byte order of the machine.'),
  })
  .describe('The sessions are files of a folder, one each.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: '!has(self.json) || !has(self.header)',
        message: 'the time stands in json or in header, not in both',
      },
    ],
  });

export const customLayoutSchema = z
  .object({
    means: z
      .enum(['expiry', 'modified'])
      .describe('Meaning of the time: the end of the session, or its last change.'),
    table: customTable.optional(),
    files: customFiles.optional(),
    confirmed: z
      .boolean()
      .optional()
      .describe(
        'Whether sessions may be deleted. Default: false, and every run only counts: look at the counts in status first. The first run by a description only counts even if this is true. While it is true, customLayout and layoutOptions cannot change.',
      ),
  })
  .describe(
    'A session layout of your own, for the layout `custom`. Set-up adopts such a store and never creates it.',
  );
