import { Argument, Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { completionsOf } from '../../src/cli/completion/candidates.ts';
import { protocolText } from '../../src/cli/completion/complete.ts';
import { cliOutcome } from './fake-terminal.ts';

const root = new Command('sessionstore');
root
  .command('status')
  .description('Show stores')
  .argument('[name]')
  .option('-n, --namespace <namespace>', 'namespace')
  .option('--context <name>')
  .option('--kubeconfig <file>')
  .option('-A, --all')
  .addOption(new Option('-o, --output <format>', 'format').choices(['json', 'yaml']));
root.command('suspend').argument('<name...>');
root.command('completion').addArgument(new Argument('<shell>').choices(['bash', 'zsh']));

const words = (line: string) => line.split(' ');
const at = (line: string) => completionsOf(root, words(line));
const wordsAt = (line: string) => at(line).candidates.map(({ word }) => word);

test('the first word is a command, wherever options stand', () => {
  expect(wordsAt('')).toEqual(['status', 'suspend', 'completion', 'help']);
  expect(at('sta').candidates[0]).toEqual({ word: 'status', description: 'Show stores' });
});

test('an argument called name is that of a store; choices of an argument are offered', () => {
  expect(at('status ').names).toBe('stores');
  expect(at('status -A -n shop we').names).toBe('stores');
  expect(at('status web ').names).toBeUndefined();
  expect(at('suspend web wiki ').names).toBe('stores');
  expect(wordsAt('completion ')).toEqual(['bash', 'zsh']);
});

test('an option offers its choices, names or files, behind a blank or an equals sign', () => {
  expect(wordsAt('status -o ')).toEqual(['json', 'yaml']);
  expect(at('status --output=j')).toMatchObject({ prefix: '--output=', candidates: [{ word: 'json' }, {}] });
  expect(at('status -n ').names).toBe('namespaces');
  expect(at('status --context=').names).toBe('contexts');
  expect(at('status --kubeconfig ').isFile).toBe(true);
  expect(wordsAt('status -')).toEqual([
    ...['--namespace', '-n', '--context', '--kubeconfig', '--all', '-A', '--output', '-o', '--help'],
  ]);
});

test('the answer is that of kubectl’s plugins: candidates with descriptions, and a directive', () => {
  expect(protocolText(at('s'), 's')).toBe('status\tShow stores\nsuspend\n:4\n');
  expect(protocolText(at('status --output=j'), '--output=j')).toBe('--output=json\n:4\n');
  expect(protocolText(at('status --kubeconfig '), '')).toBe(':0\n');
});

test('without a cluster, completion is silent and offers no name', async () => {
  const outcome = await cliOutcome(['__complete', 'status', '--kubeconfig', '/nowhere', '']);
  expect(outcome).toEqual({ exitCode: 0, stdout: ':4\n', stderr: '' });
});
