import type { z } from 'zod';
import { folderPath } from '../../api/backends/directory.ts';
import { tableName } from '../../api/backends/mysql.ts';
import { identifier } from '../../api/backends/postgres.ts';
import { ageSchema, secondsOf } from '../../api/duration.ts';
import { kubernetesName, namespaceName, storeName } from '../../api/kubernetes-names.ts';
import { isTimeZone } from '../../api/time-zones.ts';
import { shapes } from '../../layouts/index.ts';
import type { Layout } from '../../layouts/layout.ts';
import type { InitOptions } from '../commands/init.ts';
import { closestMatches } from './closest-matches.ts';

/** The answers that are there, by flags or from the keyboard. */
export type Answers = Omit<InitOptions, 'output'>;

type Backend = NonNullable<Answers['backend']>;

/** The problem with an answer, as a sentence; undefined for one that can be used. */
type Check = (answer: string) => string | undefined;

/** Refuses what the field's schema refuses. */
const fits =
  (schema: z.ZodType, expected: string): Check =>
  (answer) =>
    schema.safeParse(answer).success ? undefined : `Expected ${expected}; got ${answer}`;

const isAge = (answer: string) => ageSchema.safeParse(answer).success && secondsOf(answer) >= 60;

const aged: Check = (answer) =>
  isAge(answer) ? undefined : `Expected an age such as 90m, 12h or 30d, of a minute or more; got ${answer}`;

const nameOfA = (what: string): Check =>
  fits(kubernetesName, `the name of a ${what}, of lower-case letters, digits and dashes`);

const isOfSystem = (schema: string) => schema.startsWith('pg_') || schema === 'information_schema';

const schemaName: Check = (answer) =>
  isOfSystem(answer)
    ? `Expected a schema of your own; ${answer} belongs to PostgreSQL`
    : fits(identifier, 'the name of a schema, of at most 63 printable ASCII characters')(answer);

const printable = 'the name of a table, of printable ASCII characters,';

/** The checks of single answers, by the option's name. */
export const checks = {
  secret: nameOfA('Secret'),
  claim: nameOfA('PersistentVolumeClaim'),
  path: fits(
    folderPath,
    'a path inside the claim such as shop/sessions, of letters, digits, dots, dashes and underscores, no name beginning with a dot',
  ),
  age: aged,
  ttl: aged,
  timeZone: (answer) =>
    isTimeZone(answer) ? undefined : `Expected a time zone such as Europe/Berlin; got ${answer}`,
  schema: schemaName,
  name: fits(storeName, 'a name of at most 44 lower-case letters, digits and dashes'),
  namespace: fits(namespaceName, 'a namespace, of at most 63 lower-case letters, digits and dashes'),
} satisfies Partial<Record<keyof Answers, Check>>;

const tableChecks = {
  postgres: fits(identifier, `${printable} at most 63`),
  mysql: fits(tableName, `${printable} at most 64 and no space at the end`),
} as const;

/** The layouts that a backend has. */
export const layoutsOn = (backend: Backend): readonly Layout[] =>
  shapes.filter((layout) => layout[backend] !== undefined);

function layoutAmong(names: readonly string[], what: string, answer: string): string | undefined {
  if (names.includes(answer)) return undefined;
  const near = closestMatches(answer, names);
  const hint = near.length > 0 ? `: ${near.join(', ')}?` : ' (docs/layouts.md lists them)';
  return `Expected one of the ${what}; got ${answer}${hint}`;
}

const kinds = ['postgres', 'mysql', 'directory'] as const;

/** The problem with a layout's name on a backend, or on any where none is known yet. */
export function layoutProblem(answer: string, backend?: Backend): string | undefined {
  const layout = shapes.find(({ name }) => name === answer);
  if (backend === undefined || !layout) {
    const names = (backend === undefined ? shapes : layoutsOn(backend)).map(({ name }) => name);
    return layoutAmong(names, backend === undefined ? 'layouts' : `layouts for ${backend}`, answer);
  }
  if (layout[backend] !== undefined) return undefined;
  const others = kinds.filter((kind) => layout[kind] !== undefined).join(' and ');
  return `Expected one of the layouts for ${backend}; ${answer} is one for ${others}`;
}

/** The backends that an option is for, where it is not for all. */
const onlyFor = {
  secret: ['postgres', 'mysql'],
  table: ['postgres', 'mysql'],
  schema: ['postgres'],
  claim: ['directory'],
  path: ['directory'],
  ttl: ['directory'],
} as const satisfies Partial<Record<keyof Answers, readonly Backend[]>>;

const flagOf = (name: string) => `--${name === 'timeZone' ? 'time-zone' : name}`;

function inapplicableFlag(answers: Answers): string | undefined {
  const { backend } = answers;
  if (backend === undefined) return undefined;
  for (const [name, backends] of Object.entries(onlyFor) as [keyof typeof onlyFor, readonly Backend[]][])
    if (answers[name] !== undefined && !backends.includes(backend))
      return `Expected no ${flagOf(name)} with --backend ${backend}; it is for ${backends.join(' and ')}: leave it out`;
  return undefined;
}

/** The first answer that cannot be used, as a sentence with its flag. */
export function problemIn(answers: Answers): string | undefined {
  const stray = inapplicableFlag(answers);
  if (stray !== undefined) return stray;
  const { backend, layout } = answers;
  const all: Partial<Record<keyof Answers, Check>> = {
    ...(layout !== undefined && { layout: () => layoutProblem(layout, backend) }),
    ...checks,
    table: backend === 'mysql' ? tableChecks.mysql : tableChecks.postgres,
  };
  for (const [name, check] of Object.entries(all) as [keyof Answers, Check][]) {
    const answer = answers[name];
    const wrong = answer === undefined ? undefined : check(answer);
    if (wrong !== undefined) return `${flagOf(name)}: ${wrong}`;
  }
  return undefined;
}
