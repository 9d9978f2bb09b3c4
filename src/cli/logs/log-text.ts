import { isJsonObject, type JsonObject, parsedJson } from '../../api/parsed-json.ts';
import { visible } from '../../api/visible.ts';

function parsed(line: string): JsonObject | undefined {
  const value = parsedJson(line);
  return isJsonObject(value) ? value : undefined;
}

const word = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Facts as `key=value`, those of an inner object with its key before theirs. */
const factsOf = (facts: JsonObject, before = ''): readonly string[] =>
  Object.entries(facts).flatMap(([key, value]) =>
    isJsonObject(value) ? factsOf(value, `${before}${key}.`) : `${before}${key}=${word(value)}`,
  );

/** A line of a run's log as people read it: time, message, facts. Any other line stays, with every character visible. */
export function logText(line: string): string {
  const entry = parsed(line);
  if (!entry) return visible(line);
  const { time, level, msg, ...facts } = entry;
  const clock = typeof time === 'string' ? time.replace(/^.*T|\.\d+|Z$/g, '') : undefined;
  const isUsual = level === undefined || level === 'info';
  return visible(
    [
      clock,
      isUsual ? undefined : word(level).toUpperCase(),
      msg === undefined ? undefined : word(msg),
      ...factsOf(facts),
    ]
      .filter((part) => part !== undefined)
      .join(' '),
  );
}
