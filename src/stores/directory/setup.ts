import type { SetupReport } from '../../api/runner-result.ts';
import { spentTokensAfter, tokensReported } from '../overwrite-token.ts';
import type { SetupOptions } from '../session-store.ts';
import { type SetupPlan, setupPlan } from '../setup-plan.ts';
import { StoreError } from '../store-error.ts';
import { emptyTrash } from './empty-trash.ts';
import { foreignFilesNote, hasLevels, requireOnlySessions, requireShape } from './existing-folder.ts';
import { syncFolder } from './files.ts';
import { type Mark, ownMark, writeMark } from './folder-mark.ts';
import { ensureParents, ensureStateDir } from './folders.ts';
import {
  createFolder,
  type Replaced,
  replacedBy,
  replaceFolder,
  requireNoStoreInside,
} from './session-folder.ts';
import { checkFolder, checkPath, type StoreContext } from './store-paths.ts';
import { ensureReserve, fileSystemTime, requireLinkAndRename } from './volume-probe.ts';

/**
 * Makes, adopts or overwrites the folder. Guarantee: killed at any instant and run again, it ends in the same state,
 * because the mark records the intent before anything is touched, and the file system shows how far it was carried out.
 */
export async function setup(context: StoreContext, options: SetupOptions): Promise<SetupReport> {
  const { files, paths } = context;
  await checkPath(files, paths);
  await ensureParents(files, paths);
  const first = await advance(context, options);
  // An earlier run's intent is carried out now; the options of this run may ask for something else.
  const second = first.plan === 'Resume' ? await advance(context, options) : first;
  const left = await emptyTrash(files, paths);
  const mark = await ownMark(files, paths, options.owner);
  return {
    outcome: second.outcome === 'Verified' ? first.outcome : second.outcome,
    marked: true,
    ...tokensReported(options, mark),
    notes: [...left, ...(await subfolderNotes(context, second.outcome)), ...(await notesOf(context))],
  };
}

/** Carries out what mark, folder and options call for. */
async function advance(
  context: StoreContext,
  options: SetupOptions,
): Promise<{ readonly plan: SetupPlan; readonly outcome: SetupReport['outcome'] }> {
  const planned = await decide(context, options);
  return { plan: planned.plan, outcome: await carryOut(context, planned) };
}

/** Decides by mark, folder and options, and writes nothing. */
export async function decide(context: StoreContext, options: SetupOptions): Promise<Planned> {
  const { files, paths } = context;
  // The folder is read before the mark: one that is older than the last intent is the one that the intent is about.
  const found = await checkPath(files, paths);
  await checkFolder(files, paths.stateDir);
  const replaced = found && (await replacedBy(files, paths.folder));
  const mark = await ownMark(files, paths, options.owner);
  const exists = found !== undefined;
  return { plan: setupPlan({ mark, exists, options }), exists, mark, replaced, options };
}

/** Subfolders are named by the characters of the application's ids, so only its side can make them. */
async function subfolderNotes(
  context: StoreContext,
  outcome: SetupReport['outcome'],
): Promise<readonly string[]> {
  const { paths, layout } = context;
  const isOverlooked = layout.options?.includes('depth') && !layout.depth && (await hasLevels(context));
  if (isOverlooked) {
    return [
      `${paths.folder} has subfolders with names of one character, and clean-up does not enter them. If sessions are in ` +
        'them, set layoutOptions.depth to the number of levels.',
    ];
  }
  const isEmpty = outcome === 'Created' || outcome === 'Overwritten';
  if (!layout.depth || !isEmpty) return [];
  return [
    `${paths.folder} is empty, and the application needs ${layout.depth} levels of subfolders in it. Make them; for ` +
      'PHP with its script mod_files.sh.',
  ];
}

/** Notes that a clean-up would stop or leave files. Makes the files that clean-up needs. */
async function notesOf(context: StoreContext): Promise<string[]> {
  const { files, paths } = context;
  try {
    await requireLinkAndRename(files, paths);
    await fileSystemTime(files, paths);
    await ensureReserve(files, paths);
    const note = await foreignFilesNote(context);
    return note === undefined ? [] : [note];
  } catch (error) {
    if (error instanceof StoreError) return [`A clean-up would stop: ${error.message}`];
    throw error;
  }
}

interface Planned {
  readonly plan: SetupPlan;
  /** True if the folder exists. */
  readonly exists: boolean;
  readonly mark: Mark | undefined;
  /** The folder as it is before an overwrite. */
  readonly replaced: Replaced | undefined;
  readonly options: SetupOptions;
}

async function carryOut(context: StoreContext, planned: Planned): Promise<SetupReport['outcome']> {
  const { files, paths } = context;
  const { plan, mark, replaced } = planned;
  const intent = intentOf(planned);
  await requireAllowed(context, planned);
  await ensureStateDir(files, paths);
  switch (plan) {
    case 'Refuse':
      throw alreadyExists(paths.folder);
    case 'Verify':
      if (mark && mark.spentTokens.length !== intent.spentTokens.length) {
        await writeMark(files, paths, { ...intent, origin: mark.origin, state: 'Done' });
      }
      return 'Verified';
    case 'Adopt':
      await writeMark(files, paths, { ...intent, origin: 'Adopted', state: 'Done' });
      return 'Adopted';
    case 'Resume':
      return finish(context, mark ?? intent);
    case 'Create':
      return begin(context, intent);
    case 'Overwrite':
      return begin(context, { ...intent, ...(replaced && { replaces: replaced }) });
  }
}

/** Throws where the plan may not be carried out, before anything is touched. */
export async function requireAllowed(context: StoreContext, { plan, mark }: Planned): Promise<void> {
  const { files, paths } = context;
  if (plan === 'Refuse') throw alreadyExists(paths.folder);
  if (plan === 'Adopt') await requireShape(context);
  if (plan !== 'Overwrite') return;
  await requireNoStoreInside(files, paths);
  // An adopted folder had another owner before, who may keep other files in it by now.
  if (mark?.origin !== 'Created') await requireOnlySessions(context);
}

/** The mark of a new folder. */
function intentOf({ mark, options }: Pick<Planned, 'mark' | 'options'>): Mark {
  const spentTokens = spentTokensAfter(options, mark);
  return { version: 1, owner: options.owner, origin: 'Created', state: 'Intent', spentTokens };
}

const alreadyExists = (folder: string): StoreError =>
  new StoreError(
    'AlreadyExists',
    `Expected no folder at ${folder}, as setup.ifExists is Fail; found one. Name another path, or choose Adopt.`,
  );

async function begin(context: StoreContext, intent: Mark): Promise<SetupReport['outcome']> {
  await writeMark(context.files, context.paths, intent);
  return finish(context, intent);
}

/** Carries out the mark's intent, whatever part of it an earlier run has done. */
async function finish(context: StoreContext, intent: Mark): Promise<SetupReport['outcome']> {
  const { files, paths } = context;
  if (intent.replaces) await replaceFolder(files, paths, intent.replaces);
  else await createFolder(files, paths);
  await syncFolder(files, paths.parent);
  const { replaces, ...rest } = intent;
  await writeMark(files, paths, { ...rest, state: 'Done' });
  return replaces ? 'Overwritten' : 'Created';
}
