#!/usr/bin/env node
import { exitWhenIdle } from './runner/exit-when-idle.ts';

type Run = (args: readonly string[]) => Promise<number>;

/** A command loads only the modules that it needs: the operator no database driver, the runner no Kubernetes client. */
const commands: Readonly<Record<string, () => Promise<Run>>> = {
  operator: async () => (await import('./commands/operator.ts')).operator,
  setup: async () => (await import('./commands/setup.ts')).setup,
  'plan-store': async () => (await import('./commands/plan-store.ts')).planStore,
  'find-sessions': async () => (await import('./commands/find-sessions.ts')).findSessions,
  'delete-old': async () => (await import('./commands/delete-old.ts')).deleteOld,
};

/** Every other command is a person's. Images hold the processes of the cluster alone. */
async function commandLine(name: string): Promise<Run> {
  try {
    const { cli } = await import('./cli/main.ts');
    return (args) => cli([...(name ? [name] : []), ...args]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write(
      `Expected a command, one of ${Object.keys(commands).join(', ')}; got "${name}". The commands for people are in the npm package, not in the image\n`,
    );
    return async () => 64;
  }
}

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const run = await (Object.hasOwn(commands, name) ? commands[name]?.() : commandLine(name));
  return run ? run(args) : 64;
}

// A stopped run may leave a connection that waits for its server.
await exitWhenIdle(await main(process.argv.slice(2)));
