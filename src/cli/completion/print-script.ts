import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { CommandHandler } from '../cli.ts';
import { exitCodes } from '../exit-codes.ts';

/** Prints a shell's script, a file of the package. */
export const printScript: CommandHandler<object> = async ({ args: [shell], terminal: { stdout } }) => {
  const file = createRequire(import.meta.url).resolve(`#completion/sessionstore.${shell}`);
  stdout.write(await readFile(file, 'utf8'));
  return exitCodes.ok;
};
