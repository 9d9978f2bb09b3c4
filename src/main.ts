#!/usr/bin/env node
import { leave } from './runner/leave.ts';

/** A command loads only the modules that it needs: the operator no database driver, the runner no Kubernetes client. */
const commands: Readonly<Record<string, () => Promise<(args: readonly string[]) => Promise<number>>>> = {
  operator: async () => (await import('./commands/operator.ts')).operator,
  setup: async () => (await import('./commands/setup.ts')).setup,
  'delete-old': async () => (await import('./commands/delete-old.ts')).deleteOld,
};

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return (await load())(args);
  if (name === '--help') {
    process.stdout.write(
      `sessionstore COMMAND …: ${Object.keys(commands).join(', ')}; "operator --help" lists its flags\n`,
    );
    return 0;
  }
  process.stderr.write(`Expected a command, one of ${Object.keys(commands).join(', ')}; got "${name}"\n`);
  return 64;
}

// A stopped run may leave a connection that waits for its server.
await leave(await main(process.argv.slice(2)));
