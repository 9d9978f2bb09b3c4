import { lacksTtl } from '../../layouts/file-form.ts';
import { layoutOf } from '../../layouts/index.ts';
import { needsZone } from '../../layouts/table-form.ts';
import { type Answers, checks, layoutProblem, layoutsOn } from './answers.ts';

export interface Question {
  readonly name: 'backend' | 'layout' | 'secret' | 'claim' | 'path' | 'age' | 'ttl' | 'timeZone';
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

const backendQuestion: Question = {
  name: 'backend',
  flag: '--backend',
  text: 'Where are the sessions?',
  fallback: 'postgres',
  help: Object.entries(backends).map(([name, title]) => `  ${name.padEnd(10)} ${title}`),
  problem: (answer) =>
    Object.hasOwn(backends, answer)
      ? undefined
      : `Expected one of ${Object.keys(backends).join(', ')}; got ${answer}`,
};

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
    name: 'layout',
    flag: '--layout',
    text: 'Which library writes them?',
    fallback: 'session3',
    help: namesIn(names),
    problem: (answer) => layoutProblem(answer, backend),
  };
}

const secretQuestion: Question = {
  name: 'secret',
  flag: '--secret',
  text: 'Which Secret has the connection to the database?',
  problem: checks.secret,
};
const claimQuestion: Question = {
  name: 'claim',
  flag: '--claim',
  text: 'Which PersistentVolumeClaim has the folder?',
  problem: checks.claim,
};
const pathQuestion: Question = {
  name: 'path',
  flag: '--path',
  text: 'Which folder of it?',
  fallback: 'sessions',
  problem: checks.path,
};
const ageQuestion: Question = {
  name: 'age',
  flag: '--age',
  fallback: '14d',
  problem: checks.age,
  text: 'For how long may a session stay unchanged before it is deleted?',
};
const ttlQuestion: Question = {
  name: 'ttl',
  flag: '--ttl',
  fallback: '14d',
  problem: checks.ttl,
  text: 'What lifetime do the application’s settings give its sessions?',
};
const zoneQuestion: Question = {
  name: 'timeZone',
  flag: '--time-zone',
  fallback: 'Etc/UTC',
  text: 'In which time zone does the application write times?',
  problem: checks.timeZone,
};

function placeQuestion({ backend, secret, claim, path }: Answers): Question | undefined {
  if (backend !== 'directory') return secret === undefined ? secretQuestion : undefined;
  if (claim === undefined) return claimQuestion;
  return path === undefined ? pathQuestion : undefined;
}

function settingQuestion({ backend, layout: name, age, ttl, timeZone }: Answers): Question | undefined {
  const layout = layoutOf(name ?? '');
  if (layout.age === 'modified' && age === undefined) return ageQuestion;
  const { directory, mysql } = layout;
  if (backend === 'directory' && directory && lacksTtl(directory) && ttl === undefined) return ttlQuestion;
  const isZoneAsked = backend === 'mysql' && mysql?.rules.some(({ at }) => needsZone(at));
  return isZoneAsked && timeZone === undefined ? zoneQuestion : undefined;
}

/** The next question, by the answers that are there; undefined once there are enough. */
export function nextQuestion(answers: Answers): Question | undefined {
  if (answers.backend === undefined) return backendQuestion;
  if (answers.layout === undefined) return layoutQuestion(answers.backend);
  return placeQuestion(answers) ?? settingQuestion(answers);
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
