import type { SetupReport } from '../../api/runner-result.ts';
import { freshToken, spentTokensAfter, tokensReported } from '../overwrite-token.ts';
import type { SetupOptions } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { requireOnlySessions, requireShape } from './adopt.ts';
import { fileSystemTime } from './clock.ts';
import type { StoreContext } from './context.ts';
import { syncFolder } from './files.ts';
import { createFolder, ensureAside, ensureParents } from './folders.ts';
import { foreignFilesNote } from './foreign.ts';
import { type Mark, ownMark, writeMark } from './mark.ts';
import { type Replaced, replacedBy, replaceFolder, requireNoStoreInside } from './overwrite.ts';
import { checkFolder, checkPath } from './path-check.ts';
import { ensureReserve } from './reserve.ts';
import { requireRoundTrip } from './round-trip.ts';
import { emptyTrash } from './trash.ts';

/**
 * Makes, adopts or overwrites the folder. Guarantee: killed at any instant and run again, it ends in the same state,
 * because the mark says what is intended before anything is touched, and what was done is read from the file system.
 */
export async function setup(context: StoreContext, options: SetupOptions): Promise<SetupReport> {
  const { files, places } = context;
  await checkPath(files, places);
  await ensureParents(files, places);
  const first = await advance(context, options);
  // What an earlier run intended is done now; what is asked today may be something else.
  const second = first.plan === 'Resume' ? await advance(context, options) : first;
  const left = await emptyTrash(files, places);
  const mark = await ownMark(files, places, options.owner);
  return {
    outcome: second.outcome === 'Verified' ? first.outcome : second.outcome,
    marked: true,
    ...tokensReported(options, mark),
    notes: [...left, ...(await notesOf(context))],
  };
}

/** Does what the mark and the folder call for. */
async function advance(
  context: StoreContext,
  options: SetupOptions,
): Promise<{ readonly plan: Plan; readonly outcome: SetupReport['outcome'] }> {
  const { files, places } = context;
  // The folder is looked at before the mark: one that is older than the last intent is the one this speaks of.
  const found = await checkPath(files, places);
  await checkFolder(files, places.aside);
  const replaced = found && (await replacedBy(files, places.folder));
  const mark = await ownMark(files, places, options.owner);
  const plan = planOf({ mark, exists: found !== undefined, options });
  return { plan, outcome: await carryOut(context, { plan, mark, replaced, options }) };
}

/** What a person should know before the first clean-up: that it would stop, or leave files. Makes the files it needs. */
async function notesOf(context: StoreContext): Promise<string[]> {
  const { files, places } = context;
  try {
    await requireRoundTrip(files, places);
    await fileSystemTime(files, places);
    await ensureReserve(files, places);
    const note = await foreignFilesNote(context);
    return note === undefined ? [] : [note];
  } catch (error) {
    if (error instanceof StoreError) return [`A clean-up would stop: ${error.message}`];
    throw error;
  }
}

/** What set-up may have to do. */
export type Plan = 'Create' | 'Resume' | 'Adopt' | 'Overwrite' | 'Verify' | 'Refuse';

/** What is to be done, of what was found. A missing mark permits nothing but to adopt. */
export function planOf(found: {
  readonly mark: Mark | undefined;
  readonly exists: boolean;
  readonly options: Pick<SetupOptions, 'ifExists' | 'overwriteToken' | 'spentTokens'>;
}): Plan {
  const { mark, exists, options } = found;
  if (mark?.state === 'Intent') return 'Resume';
  if (!exists) return 'Create';
  if (freshToken(options, mark) !== undefined) return 'Overwrite';
  if (mark) return 'Verify';
  return options.ifExists === 'Fail' ? 'Refuse' : 'Adopt';
}

interface Work {
  readonly plan: Plan;
  readonly mark: Mark | undefined;
  /** The folder as it is before an overwrite. */
  readonly replaced: Replaced | undefined;
  readonly options: SetupOptions;
}

async function carryOut(context: StoreContext, work: Work): Promise<SetupReport['outcome']> {
  const { files, places } = context;
  const { plan, mark, replaced } = work;
  const intent = intentOf(work);
  if (plan === 'Refuse') throw alreadyExists(places.folder);
  await requirePermitted(context, work);
  await ensureAside(files, places);
  switch (plan) {
    case 'Verify':
      if (mark && mark.spentTokens.length !== intent.spentTokens.length) {
        await writeMark(files, places, { ...intent, origin: mark.origin, state: 'Done' });
      }
      return 'Verified';
    case 'Adopt':
      await writeMark(files, places, { ...intent, origin: 'Adopted', state: 'Done' });
      return 'Adopted';
    case 'Resume':
      return finish(context, mark ?? intent);
    case 'Create':
      return begin(context, intent);
    case 'Overwrite':
      return begin(context, { ...intent, ...(replaced && { replaces: replaced }) });
  }
}

/** Looks whether the plan may be carried out, before anything is touched. */
async function requirePermitted(context: StoreContext, { plan, mark }: Work): Promise<void> {
  const { files, places } = context;
  if (plan === 'Adopt') await requireShape(context);
  if (plan !== 'Overwrite') return;
  await requireNoStoreInside(files, places);
  // A folder that was adopted belonged to somebody before, who may keep other things in it by now.
  if (mark?.origin !== 'Created') await requireOnlySessions(context);
}

/** The mark of a folder that is made. */
function intentOf({ mark, options }: Pick<Work, 'mark' | 'options'>): Mark {
  const spentTokens = spentTokensAfter(options, mark);
  return { version: 1, owner: options.owner, origin: 'Created', state: 'Intent', spentTokens };
}

const alreadyExists = (folder: string): StoreError =>
  new StoreError(
    'AlreadyExists',
    `Expected no folder at ${folder}, as setup.ifExists is Fail; found one. Name another path, or choose Adopt.`,
  );

async function begin(context: StoreContext, intent: Mark): Promise<SetupReport['outcome']> {
  await writeMark(context.files, context.places, intent);
  return finish(context, intent);
}

/** Does what the mark intends, whatever part of it an earlier run has done. */
async function finish(context: StoreContext, intent: Mark): Promise<SetupReport['outcome']> {
  const { files, places } = context;
  if (intent.replaces) await replaceFolder(files, places, intent.replaces);
  else await createFolder(files, places);
  await syncFolder(files, places.parent);
  const { replaces, ...rest } = intent;
  await writeMark(files, places, { ...rest, state: 'Done' });
  return replaces ? 'Overwritten' : 'Created';
}
