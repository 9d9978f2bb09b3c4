import { z } from 'zod';
import { podSchema } from '../../src/api/pod.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

/** Random numbers that are the same each time. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A number from 0 to below `count`. */
  below(count: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * count);
  }

  one<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('Expected something to choose from');
    return item;
  }
}

const keys = [
  ...[
    'app',
    'app.kubernetes.io/name',
    'kubernetes.io/hostname',
    'example.com/x_y.z',
    'UPPER',
    'x'.repeat(63),
  ],
  ...[
    'x'.repeat(64),
    'a/b/c',
    '-x',
    'a..b/c',
    'Example.com/x',
    'x/',
    'mit leer',
    'ä',
    `${'d'.repeat(252)}/x`,
  ],
];
const values = ['', 'shop', 'v'.repeat(63), 'v'.repeat(64), '-v', 'v.', 'a b', 'A_b-c.9', '5', 'web-0', 'ä'];
const quantities = [
  ...[
    '0',
    '1',
    '20m',
    '1m',
    '0.5',
    '0.0001',
    '1k',
    '64Mi',
    '256Mi',
    '1Gi',
    '1.5Gi',
    '0.1Ki',
    '1M',
    '00',
    '1.',
  ],
  ...['99999999999999999999T', '1Ti', '-1', '1e3', ''],
];
const strings = [...keys, ...values, ...quantities];

/** A string of the pattern, most times. */
function stringOf({ pattern }: Schema, dice: Dice): string {
  const fitting =
    pattern === undefined ? strings : strings.filter((each) => new RegExp(pattern, 'u').test(each));
  return dice.one(dice.below(20) === 0 || fitting.length === 0 ? strings : fitting);
}

const numberOf = ({ minimum = 0, maximum = 9 }: Schema, dice: Dice): number =>
  dice.one([
    minimum,
    minimum,
    Math.min(minimum + 1, maximum),
    maximum,
    dice.below(20) === 0 ? minimum - 1 : maximum,
  ]);

/** A value of the schema, most times: what it does not say, such as the syntax of keys, is tried out. */
function anyOf(schema: Schema, dice: Dice): unknown {
  if (schema.enum) return dice.one(schema.enum);
  if (schema.type === 'array') {
    const count = dice.one([schema.minItems ?? 0, 1, 1, 2]);
    return Array.from({ length: count }, () => anyOf(schema.items ?? {}, dice));
  }
  if (schema.type === 'integer') return numberOf(schema, dice);
  if (schema.type === 'boolean') return dice.below(2) === 0;
  if (schema.type === 'string') return stringOf(schema, dice);
  return objectOf(schema, dice);
}

function objectOf({ properties, required = [], additionalProperties }: Schema, dice: Dice): object {
  if (!properties)
    return Object.fromEntries([[dice.one(keys), anyOf(additionalProperties ?? { type: 'string' }, dice)]]);
  const chosen = Object.entries(properties).filter(
    ([name]) => (required.includes(name) && dice.below(30) > 0) || dice.below(5) < 2,
  );
  return Object.fromEntries(chosen.map(([name, schema]) => [name, anyOf(schema, dice)]));
}

const schema = z.toJSONSchema(podSchema, { target: 'openapi-3.0', io: 'input', reused: 'inline' }) as Schema;

/** A pod section with one or two parts, so that many are taken. */
export function podSection(dice: Dice): object {
  const parts = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'annotations');
  const chosen = Array.from({ length: 1 + dice.below(2) }, () => dice.one(parts));
  return Object.fromEntries(chosen.map(([name, part]) => [name, anyOf(part, dice)]));
}
