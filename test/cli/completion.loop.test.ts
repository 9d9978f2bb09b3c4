import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubernetesPrograms } from '../../scripts/cluster/kubernetes.ts';
import { repository } from '../../scripts/cluster/paths.ts';
import { postgresSpec } from '../builders.ts';
import { useLoop } from '../operator/loop.ts';
import { Namespace } from '../operator/namespace.ts';
import { sharedProgram } from '../servers/shared.ts';

const loop = useLoop({ namespaces: ['shop'] });
const shop = new Namespace(loop, 'shop');

const execute = promisify(execFile);
let folder: string;

/** Programs of both names on the PATH, which run this one, and what kubectl calls for its own completion. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'completion-'));
  const main = await sharedProgram();
  for (const name of ['sessionstore', 'kubectl-sessionstore']) {
    const program = path.join(folder, name);
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, { mode: 0o755 });
  }
  const ofKubectl = 'kubectl_complete-sessionstore';
  await symlink(path.join(repository, 'completion', ofKubectl), path.join(folder, ofKubectl));
});
afterAll(() => rm(folder, { recursive: true }));

async function shell(name: string, script: string): Promise<readonly string[]> {
  const flag = { bash: '--norc', zsh: '-f', fish: '--no-config' }[name] ?? '';
  const env = {
    PATH: `${folder}:${process.env['PATH']}`,
    HOME: folder,
    LANG: 'C.UTF-8',
    KUBECONFIG: loop.kubeconfig,
    SESSIONSTORE_COMPLETION_SECONDS: '100',
  };
  const { stdout, stderr } = await execute(name, [flag, '-c', script], { env, cwd: folder });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

/** The words of a line as bash parts them, with what its completion offers. */
const bash = (...line: readonly string[]) =>
  shell(
    'bash',
    `source <(sessionstore completion bash)
     COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}
     _sessionstore sessionstore; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p sessionstore`,
  );

test('bash completes commands, choices and values behind an equals sign', async () => {
  const registered = 'complete -o default -F _sessionstore sessionstore';
  expect(await bash('sessionstore', 'sta')).toEqual(['status', registered]);
  expect(await bash('sessionstore', 'status', '-o', 'j')).toEqual(['json', registered]);
  expect(await bash('sessionstore', 'status', '--output', '=', 'y')).toEqual(['yaml', registered]);
  expect(await bash('sessionstore', 'status', '--output', '=')).toContain('wide');
});

/** The arguments that the script passes to zsh's own functions. */
const zsh = (...line: readonly string[]) =>
  shell(
    'zsh',
    `compdef() { }; _describe() { print -rl -- "\${(@P)3}" }; _files() { print files }
     source <(sessionstore completion zsh)
     words=(${line.map((word) => `'${word}'`).join(' ')}); CURRENT=${line.length}
     _sessionstore`,
  );

test('zsh completes commands with their descriptions, choices, and names of files', async () => {
  expect(await zsh('sessionstore', 'comp')).toEqual([
    'completion:Print the script that completes commands in a shell',
  ]);
  expect(await zsh('sessionstore', 'status', '--output=j')).toEqual(['--output=json']);
  expect(await zsh('sessionstore', 'status', '--kubeconfig', '')).toEqual(['files']);
});

const fish = (line: string) => shell('fish', `sessionstore completion fish | source; complete -C '${line}'`);

test('fish completes commands with their descriptions, choices, and values behind an equals sign', async () => {
  expect(await fish('sessionstore comp')).toEqual([
    'completion\tPrint the script that completes commands in a shell',
  ]);
  expect(await fish('sessionstore status -o j')).toEqual(['json']);
  expect(await fish('sessionstore status --output=j')).toEqual(['--output=json']);
});

test('names of stores come from the cluster, in each shell and in kubectl’s own completion', async () => {
  for (const name of ['web', 'wiki', 'other']) await shop.apply(name, { ...postgresSpec, suspend: true });
  const line = ['sessionstore', 'suspend', '-n', 'shop', 'wiki', 'w'];
  expect(await bash(...line)).toContain('web');
  expect(await bash(...line)).not.toContain('wiki');
  expect(await zsh(...line)).toEqual(['web']);
  expect(await fish(line.join(' '))).toEqual(['web']);
  const kubectl = path.join(await kubernetesPrograms(), 'kubectl');
  const arguments_ = ['sessionstore', 'suspend', '-n', 'shop', 'w'].map((word) => `'${word}'`).join(' ');
  const answer = await shell('bash', `'${kubectl}' __complete ${arguments_} 2>/dev/null`);
  expect(answer).toEqual(['web', 'wiki', ':4']);
  expect(await bash('sessionstore', 'status', '-n', 'sho')).toContain('shop');
});
