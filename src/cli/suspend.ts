import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { type Access, type AccessOptions, openAccess } from './access.ts';
import type { CommandHandler } from './cli.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { qualifiedName } from './output.ts';
import { pollUntilDone } from './poll-until-done.ts';
import { patchSessionStore, sessionStore } from './session-stores.ts';
import { isOutdated } from './status/readiness.ts';
import { type StillRunning, stillRunning, stopText } from './still-running.ts';

interface SuspendOptions extends AccessOptions {
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}

const nothing: StillRunning = { jobs: [] };

/** The sentence that says why a store is not in the wanted state; undefined once it is. */
async function unmetCondition(access: Access, name: string, suspended: boolean): Promise<string | undefined> {
  const store = await sessionStore(access, name);
  if (Boolean(store.spec.suspend) !== suspended)
    return `another client has set spec.suspend of ${name} to ${!suspended}`;
  const rest = suspended ? await stillRunning(access, store) : nothing;
  const running = stopText(rest, store.metadata.namespace);
  if (isOutdated(store))
    return `spec.suspend is ${suspended}, but the operator has not acted on it: see doctor --operator${running ? `. ${running}` : ''}`;
  return running === undefined ? undefined : `spec.suspend is true, but ${running}`;
}

/** Waits until the wanted state is reached; the error says what is missing. */
const waitUntilReached = (
  access: Access,
  name: string,
  { suspended, timeout }: { readonly suspended: boolean; readonly timeout: number },
): Promise<undefined> =>
  pollUntilDone(async () => {
    const why = await unmetCondition(access, name, suspended);
    if (why === undefined) return { done: undefined };
    const wanted = suspended ? 'suspended' : 'resumed';
    return { missing: `Expected ${name} to be ${wanted} within ${timeout} s; ${why}` };
  }, timeout);

const setSuspend =
  (suspended: boolean, done: string, asked: string): CommandHandler<SuspendOptions> =>
  async ({ args, options, terminal: { stdout } }) => {
    await using access = await openAccess(options);
    const { wait, timeout } = options;
    // All are asked for before the first is waited for.
    const stores: SessionStoreResource[] = [];
    for (const name of args)
      stores.push(await patchSessionStore(access, name, { spec: { suspend: suspended } }));
    const ends = await Promise.allSettled(
      stores.map(async (store) => {
        if (wait) await waitUntilReached(access, store.metadata.name, { suspended, timeout });
        stdout.write(`${qualifiedName(store)} ${wait ? done : asked}\n`);
      }),
    );
    const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    return errors.length === 0 ? exitCodes.ok : endOfErrors(errors);
  };

/** One error with the messages of all, and the exit code of the first. */
function endOfErrors(errors: readonly unknown[]): never {
  const [first] = errors;
  if (!(first instanceof CliError)) throw first;
  throw new CliError(first.exitCode, errors.map((error) => (error as Error).message).join('\n'));
}

/** Suspends stores; returns once nothing of them runs any more, unless the person does not want to wait. */
export const suspend = setSuspend(true, 'suspended', 'to be suspended');
/** Resumes stores; returns once the operator has acted on it. */
export const resume = setSuspend(false, 'resumed', 'to be resumed');
