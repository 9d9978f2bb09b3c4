import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Document } from 'yaml';
import type { CommandHandler } from '../cli.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { InitOptions } from '../commands/init.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { type Answers, problemIn } from './answers.ts';
import { type Complete, manifestOf } from './manifest.ts';
import { missingFlags, nextQuestion, type Question } from './questions.ts';

/** Asks until an answer can be used; an empty one is the fallback. */
async function answerTo(
  { text, help = [], fallback }: Question,
  problem: (answer: string) => string | undefined,
  nextLine: () => Promise<string>,
  { stderr }: Terminal,
): Promise<string> {
  stderr.write(`${[...help, `${text}${fallback === undefined ? '' : ` [${fallback}]`}`].join('\n')} `);
  for (;;) {
    const answer = (await nextLine()).trim() || (fallback ?? '');
    const wrong = problem(answer);
    if (wrong === undefined) return answer;
    stderr.write(`${wrong}\n> `);
  }
}

/** The problem with an answer by itself, or beside the answers before it. */
const usable =
  ({ name, problem }: Question, answers: Answers) =>
  (answer: string): string | undefined =>
    problem(answer) ?? problemIn({ ...answers, [name]: answer });

/** The answers, those of the flags and those that a person gives at the keyboard. */
async function ask(options: InitOptions, terminal: Terminal): Promise<Complete> {
  const lines = createInterface({ input: terminal.stdin, terminal: false });
  const given = lines[Symbol.asyncIterator]();
  const nextLine = async () => {
    const { value, done } = await given.next();
    if (done) throw new CliError(exitCodes.interrupted, 'The input ended before all questions were answered');
    return value;
  };
  try {
    let answers: InitOptions = options;
    for (let question = nextQuestion(answers); question; question = nextQuestion(answers))
      answers = {
        ...answers,
        [question.name]: await answerTo(question, usable(question, answers), nextLine, terminal),
      };
    return answers as Complete;
  } finally {
    lines.close();
  }
}

async function completed(options: InitOptions, terminal: Terminal): Promise<Complete> {
  const wrong = problemIn(options);
  if (wrong !== undefined) throw usageError(wrong);
  const missing = missingFlags(options);
  if (missing.length === 0) return options as Complete;
  if (terminal.stdin.isTTY && terminal.stderr.isTTY) return ask(options, terminal);
  throw usageError(`Expected a terminal to ask on; there is none. Give ${missing.join(', ')} instead`);
}

/** Asks for what is missing, and writes the manifest. */
export const init: CommandHandler<InitOptions> = async ({ options, terminal }) => {
  const { store, comments } = manifestOf(await completed(options, terminal));
  const document = new Document(store);
  if (comments.length > 0) document.commentBefore = comments.map((comment) => ` ${comment}`).join('\n');
  const { output } = options;
  if (output === undefined) {
    terminal.stdout.write(document.toString());
    return exitCodes.ok;
  }
  await writeFile(output, document.toString(), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      error.code === 'EEXIST'
        ? `Expected ${output} not to exist; it is there: remove it, or name another file`
        : `${output} cannot be written: ${error.code}`,
    );
  });
  terminal.stderr.write(`${output} written; kubectl apply -f ${output} makes the SessionStore\n`);
  return exitCodes.ok;
};
