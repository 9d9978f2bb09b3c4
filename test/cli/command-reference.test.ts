import { expect, test } from 'vitest';
import { commandReference } from '../../scripts/command-reference.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { cliOutcome } from './fake-terminal.ts';

test('the reference has the help of each command as a terminal of 80 columns shows it, and each exit code', async () => {
  const page = commandReference();
  const { stdout } = await cliOutcome(['--help'], { columns: 80 });
  const [, list = ''] = stdout.split('Commands:\n');
  const names = [...list.matchAll(/^ {2}(\w+) /gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(8);
  for (const name of names.filter((each) => each !== 'help')) {
    expect(page).toMatch(new RegExp(`^## ${name}\\n\\n\`\`\`text\\nUsage: sessionstore ${name} `, 'm'));
  }
  for (const code of Object.values(exitCodes)) expect(page).toMatch(new RegExp(`^\\| ${code} \\| \\S`, 'm'));
  expect(page).not.toContain('__complete');
});
