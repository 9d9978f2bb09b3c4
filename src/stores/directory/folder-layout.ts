import { type FileForm, resolvedFileForm } from '../../layouts/file-form.ts';
import { layoutOf, layouts } from '../../layouts/index.ts';
import type { Layout } from '../../layouts/layout.ts';
import type { Candidate } from '../discover/match-table.ts';

/** The layout that a folder's files are of. */
export interface FolderLayout {
  /** Best first. */
  readonly candidates: readonly Candidate[];
  readonly layout: Layout;
  /** Levels of folders above the files. */
  readonly depth: number;
}

export function folderLayoutOf(candidates: readonly Candidate[], depth: number): FolderLayout | undefined {
  const [first] = candidates;
  return first && { candidates, layout: layoutOf(first.layout), depth };
}

/** As many levels as PHP's `save_path` has in practice. */
const depths = [1, 2, 3];

/** Each layout that can have levels of folders, at each depth. */
export const layoutsWithLevels = (): readonly {
  readonly layout: Layout;
  readonly form: FileForm;
  readonly depth: number;
}[] =>
  layouts.flatMap((layout) => {
    const { directory } = layout;
    if (!directory?.options?.includes('depth')) return [];
    return depths.map((depth) => ({ layout, depth, form: resolvedFileForm(directory, { depth }) }));
  });
