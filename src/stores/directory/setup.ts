import type { SetupReport } from '../../runner/result.ts';
import { StoreError } from '../../runner/store-error.ts';
import type { SetupOptions } from '../session-store.ts';
import { requireShape } from './adopt.ts';
import type { StoreContext } from './context.ts';
import { syncFolder } from './files.ts';
import { createFolder, ensureAside, ensureParents } from './folders.ts';
import { type Mark, ownMark, writeMark } from './mark.ts';
import { type Replaced, replacedBy, replaceFolder, requireNoStoreInside } from './overwrite.ts';
import { checkPath } from './path-check.ts';
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
  await emptyTrash(files, places);
  const token = (await ownMark(files, places, options.owner))?.overwriteToken;
  return {
    outcome: second.outcome === 'Verified' ? first.outcome : second.outcome,
    marked: true,
    ...(token !== undefined && { overwriteToken: token }),
    notes: [],
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
  const replaced = found && (await replacedBy(files, places.folder));
  const mark = await ownMark(files, places, options.owner);
  const plan = planOf({ mark, exists: found !== undefined, options });
  return { plan, outcome: await carryOut(context, { plan, mark, replaced, options }) };
}

type Plan = 'Create' | 'Resume' | 'Adopt' | 'Overwrite' | 'Verify' | 'Refuse';

/** What is to be done, of what was found. A missing mark permits nothing but to adopt. */
export function planOf(found: {
  readonly mark: Mark | undefined;
  readonly exists: boolean;
  readonly options: Pick<SetupOptions, 'ifExists' | 'overwriteToken' | 'spentToken'>;
}): Plan {
  const { mark, exists, options } = found;
  if (mark?.state === 'Intent') return 'Resume';
  if (!exists) return 'Create';
  if (options.ifExists === 'Overwrite' && isFresh(options, mark)) return 'Overwrite';
  if (mark) return 'Verify';
  return options.ifExists === 'Fail' ? 'Refuse' : 'Adopt';
}

/** Whether the token permits an overwrite: it stands neither in status nor in the mark. */
function isFresh(
  options: Pick<SetupOptions, 'overwriteToken' | 'spentToken'>,
  mark: Mark | undefined,
): boolean {
  const token = options.overwriteToken;
  return token !== undefined && token !== options.spentToken && token !== mark?.overwriteToken;
}

interface Work {
  readonly plan: Plan;
  readonly mark: Mark | undefined;
  readonly replaced: Replaced | undefined;
  readonly options: SetupOptions;
}

async function carryOut(context: StoreContext, work: Work): Promise<SetupReport['outcome']> {
  const { files, places } = context;
  const { mark, replaced, options } = work;
  const base: Mark = {
    version: 1,
    owner: options.owner,
    origin: 'Created',
    state: 'Intent',
    ...(mark?.overwriteToken !== undefined && { overwriteToken: mark.overwriteToken }),
  };
  switch (work.plan) {
    case 'Refuse':
      throw new StoreError(
        'AlreadyExists',
        `Expected no folder at ${places.folder}, as setup.ifExists is Fail; found one. ` +
          'Name another path, or choose Adopt.',
      );
    case 'Verify':
      await ensureAside(files, places);
      return 'Verified';
    case 'Adopt':
      await requireShape(context);
      await ensureAside(files, places);
      await writeMark(files, places, { ...base, origin: 'Adopted', state: 'Done' });
      return 'Adopted';
    case 'Create':
      await ensureAside(files, places);
      return begin(context, base);
    case 'Overwrite':
      await requireNoStoreInside(files, places);
      await ensureAside(files, places);
      return begin(context, {
        ...base,
        ...(options.overwriteToken !== undefined && { overwriteToken: options.overwriteToken }),
        ...(replaced && { replaces: replaced }),
      });
    case 'Resume':
      await ensureAside(files, places);
      return finish(context, mark ?? base);
  }
}

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
