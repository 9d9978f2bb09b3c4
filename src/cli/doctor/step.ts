import { visible } from '../../api/visible.ts';
import { type Field, linesOfFields } from '../fields.ts';
import type { Tone } from '../terminal.ts';

/** `skipped`: the step could not be taken. `fact`: something to know, neither good nor bad. */
export type Verdict = 'ok' | 'bad' | 'skipped' | 'fact';

/** One step of a diagnosis. */
export interface Step {
  readonly name: string;
  readonly verdict: Verdict;
  readonly text: string | readonly string[];
}

export interface Diagnosis {
  readonly title: string;
  readonly steps: readonly Step[];
  /** The remedy, and where to read on. */
  readonly advice: readonly Field[];
}

export const step = (name: string, verdict: Verdict, text: Step['text']): Step => ({ name, verdict, text });

export const hasFailed = ({ steps }: Diagnosis): boolean => steps.some(({ verdict }) => verdict === 'bad');

const signs: Readonly<
  Record<Verdict, { readonly sign: string; readonly ascii: string; readonly tone?: Tone }>
> = {
  ok: { sign: '✓', ascii: 'ok     ', tone: 'good' },
  bad: { sign: '✗', ascii: 'FAILED ', tone: 'bad' },
  skipped: { sign: '–', ascii: 'skipped', tone: 'faint' },
  fact: { sign: '•', ascii: '       ' },
};

interface View {
  readonly width: number | undefined;
  readonly isUtf8: boolean;
  readonly paint: (tone: Tone, text: string) => string;
}

/** The diagnosis in lines; foreign text is shown with every character visible. */
export function linesOfDiagnosis(diagnosis: Diagnosis, { width, isUtf8, paint }: View): readonly string[] {
  const { title, steps, advice } = diagnosis;
  const nameWidth = Math.max(...steps.map(({ name }) => name.length));
  const ofSteps = steps.flatMap(({ name, verdict, text }) => {
    const { sign, ascii, tone } = signs[verdict];
    const label = `${isUtf8 ? sign : ascii} ${name.padEnd(nameWidth)}`;
    const field = { label, text: [text].flat().map(visible) };
    return linesOfFields([field], width, (_, words) =>
      words.startsWith(label) && tone ? words.replace(label, paint(tone, label)) : words,
    );
  });
  const ofAdvice = advice.length > 0 ? ['', ...linesOfFields(advice, width, paint)] : [];
  return [paint('strong', title), ...ofSteps, ...ofAdvice];
}
