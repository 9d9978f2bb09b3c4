import { type FileForm, idInName, isLibraryName, looksLikeSession } from '../../layouts/file-form.ts';
import { shapes } from '../../layouts/index.ts';
import type { Layout } from '../../layouts/layout.ts';
import type { Candidate } from './match-table.ts';

/** A file of a sample: its name, and its first bytes, both as latin1. */
export interface SampledFile {
  readonly name: string;
  readonly head: string;
}

/** At least so many of a folder's files have to be the library's: it may share its folder with a few others. */
const leastShare = 0.5;

interface Match {
  readonly candidate: Candidate;
  readonly share: number;
  readonly strictness: number;
}

/** The layouts whose files these are, best first. */
export function fileCandidatesOf(
  sample: readonly SampledFile[],
  among: readonly Layout[] = shapes,
): readonly Candidate[] {
  return among
    .flatMap((layout) => matchOf(sample, layout) ?? [])
    .sort((a, b) => b.share - a.share || b.strictness - a.strictness)
    .map(({ candidate }) => candidate);
}

function matchOf(sample: readonly SampledFile[], { name, directory: form }: Layout): Match | undefined {
  if (!form) return undefined;
  const sessions = sample.filter((file) => idInName(form, file.name) !== undefined);
  const like = sessions.filter(({ head }) => looksLikeSession(form, head));
  const written = like.filter(({ head }) => head !== '');
  const known = sample.filter((file) => isLibraryName(form, file.name));
  // A session of which not even one byte is there tells nothing.
  if (written.length === 0 || like.length < sessions.length) return undefined;
  const share = known.length / sample.length;
  if (share < leastShare) return undefined;
  const others = sample.length - known.length;
  return {
    share,
    strictness: strictnessOf(form),
    candidate: {
      layout: name,
      reasons: [
        `names and first bytes of ${like.length} of ${sample.length} files are those of the library`,
        ...(others > 0 ? [`${others} files are not its own, and are left alone`] : []),
      ],
    },
  };
}

/** The more a library's files have in common, the less is a match an accident. */
const strictnessOf = ({ name, head, content }: FileForm): number =>
  [name.prefix, name.suffix, head, content].filter((mark) => mark !== undefined).length;
