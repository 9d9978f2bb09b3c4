import { InvalidArgumentError } from 'commander';

/** The argument of an option that is a time in seconds. */
export const seconds = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Expected a number of seconds.');
  return value;
};
