import { ageSchema } from '../../api/duration.ts';
import { kubernetesName } from '../../api/kubernetes-names.ts';
import { isTimeZone } from '../../api/time-zones.ts';
import { lacksTtl } from '../../layouts/file-form.ts';
import { layoutOf, shapes } from '../../layouts/index.ts';
import type { Layout } from '../../layouts/layout.ts';
import type { InitOptions } from '../commands/init.ts';

export type Answers = Partial<
  Pick<InitOptions, 'backend' | 'layout' | 'secret' | 'claim' | 'path' | 'age' | 'ttl' | 'timeZone'>
>;

export interface Question {
  readonly name: keyof Answers;
  /** The option that gives the answer. */
  readonly flag: string;
  readonly text: string;
  /** Lines above the question. */
  readonly help?: readonly string[];
  readonly fallback?: string;
  /** The problem with an answer, as a sentence; undefined for one that can be used. */
  readonly problem: (answer: string) => string | undefined;
}

const backends = { postgres: 'PostgreSQL', mysql: 'MySQL or MariaDB', directory: 'a folder on a volume' };

const oneOf =
  (names: readonly string[]) =>
  (answer: string): string | undefined => {
    if (names.includes(answer)) return undefined;
    const near = names.filter((name) => name.includes(answer.toLowerCase()) && answer !== '').slice(0, 5);
    const hint = near.length > 0 ? `: ${near.join(', ')}?` : '';
    return `Expected one of the names above; got ${answer}${hint}`;
  };

const named = (what: string) => (answer: string) =>
  kubernetesName.safeParse(answer).success
    ? undefined
    : `Expected the name of a ${what}, of lower-case letters, digits and dashes; got ${answer}`;

const aged = (answer: string): string | undefined =>
  ageSchema.safeParse(answer).success ? undefined : `Expected an age such as 90m, 12h or 30d; got ${answer}`;

const backendQuestion: Question = {
  ...{ name: 'backend', flag: '--backend', text: 'Where are the sessions?', fallback: 'postgres' },
  help: Object.entries(backends).map(([name, title]) => `  ${name.padEnd(10)} ${title}`),
  problem: oneOf(Object.keys(backends)),
};

/** The layouts that a backend has. */
export const layoutsOn = (backend: NonNullable<Answers['backend']>): readonly Layout[] =>
  shapes.filter((layout) => layout[backend] !== undefined);

/** Names in lines of at most 78 characters. */
function namesIn(names: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let line = ' ';
  for (const name of names) {
    if (line.length + name.length + 1 > 78) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${name}`;
  }
  return [...lines, line];
}

function layoutQuestion(backend: NonNullable<Answers['backend']>): Question {
  const names = layoutsOn(backend).map(({ name }) => name);
  return {
    ...{ name: 'layout', flag: '--layout', text: 'Which library writes them?', fallback: 'session3' },
    ...{ help: namesIn(names), problem: oneOf(names) },
  };
}

const secretQuestion: Question = {
  ...{ name: 'secret', flag: '--secret', text: 'Which Secret has the connection to the database?' },
  problem: named('Secret'),
};
const claimQuestion: Question = {
  ...{ name: 'claim', flag: '--claim', text: 'Which PersistentVolumeClaim has the folder?' },
  problem: named('PersistentVolumeClaim'),
};
const pathQuestion: Question = {
  ...{ name: 'path', flag: '--path', text: 'Which folder of it?', fallback: 'sessions' },
  problem: (answer) =>
    /^\w/.test(answer) ? undefined : `Expected a path such as shop/sessions; got ${answer}`,
};
const ageQuestion: Question = {
  ...{ name: 'age', flag: '--age', fallback: '14d', problem: aged },
  text: 'For how long may a session stay unchanged before it is deleted?',
};
const ttlQuestion: Question = {
  ...{ name: 'ttl', flag: '--ttl', fallback: '14d', problem: aged },
  text: 'What lifetime do the application’s settings give its sessions?',
};
const zoneQuestion: Question = {
  ...{ name: 'timeZone', flag: '--time-zone', fallback: 'Etc/UTC' },
  text: 'In which time zone does the application write times?',
  problem: (answer) =>
    isTimeZone(answer) ? undefined : `Expected a time zone such as Europe/Berlin; got ${answer}`,
};

/** Whether the API server would ask for the application's zone. */
const needsZone = ({ mysql }: Layout): boolean =>
  mysql?.rules.some(({ at }) => at.throughSession || (at.zone === 'application' && !at.zoneMayDiffer)) ??
  false;

function placeQuestion({ backend, secret, claim, path }: Answers): Question | undefined {
  if (backend !== 'directory') return secret === undefined ? secretQuestion : undefined;
  if (claim === undefined) return claimQuestion;
  return path === undefined ? pathQuestion : undefined;
}

function settingQuestion({ backend, layout: name, age, ttl, timeZone }: Answers): Question | undefined {
  const layout = layoutOf(name ?? '');
  if (layout.age === 'modified' && age === undefined) return ageQuestion;
  const { directory } = layout;
  if (backend === 'directory' && directory && lacksTtl(directory) && ttl === undefined) return ttlQuestion;
  return backend === 'mysql' && needsZone(layout) && timeZone === undefined ? zoneQuestion : undefined;
}

/** The next question, by the answers that are there; undefined once there are enough. */
export function nextQuestion(answers: Answers): Question | undefined {
  if (answers.backend === undefined) return backendQuestion;
  if (answers.layout === undefined) return layoutQuestion(answers.backend);
  return placeQuestion(answers) ?? settingQuestion(answers);
}

/** The first answer that cannot be used, as a sentence. */
export function problemIn(answers: Answers): string | undefined {
  const all = [
    ...[backendQuestion, layoutQuestion(answers.backend ?? 'postgres'), secretQuestion, claimQuestion],
    ...[pathQuestion, ageQuestion, ttlQuestion, zoneQuestion],
  ];
  for (const { name, flag, problem } of all) {
    const answer = answers[name];
    const wrong = answer === undefined ? undefined : problem(answer);
    if (wrong !== undefined) return `${flag}: ${wrong}`;
  }
  return undefined;
}

/** The flags of all questions that are open; later ones follow from likely answers. */
export function missingFlags(given: Answers): readonly string[] {
  const flags: string[] = [];
  let answers: Answers = given;
  for (let question = nextQuestion(answers); question; question = nextQuestion(answers)) {
    flags.push(question.flag);
    answers = { ...answers, [question.name]: question.fallback ?? 'any' };
  }
  return flags;
}
