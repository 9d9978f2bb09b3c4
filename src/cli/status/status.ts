import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { type AccessOptions, openAccess } from '../access.ts';
import type { CommandHandler, Invocation } from '../cli.ts';
import { usageError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { linesOfFields } from '../fields.ts';
import { printed, qualifiedName } from '../output.ts';
import { isForPrograms, type OutputFormat } from '../output-format.ts';
import { type SelectionOptions, selectedStores } from '../selection.ts';
import { painter, showsUtf8, widthOf } from '../terminal.ts';
import { fleetLines } from './fleet.ts';
import { readinessOf } from './readiness.ts';
import { storeFields } from './store-fields.ts';
import { whyNotLines } from './why-not.ts';

interface StatusOptions extends AccessOptions, SelectionOptions {
  readonly output: OutputFormat;
  readonly watch?: boolean;
}

function textOf(
  stores: readonly SessionStoreResource[],
  { args, options, terminal, program }: Invocation<StatusOptions>,
) {
  const { stdout, env } = terminal;
  const now = new Date();
  const paint = painter(stdout, env);
  const width = widthOf(stdout);
  const [only] = stores;
  if (args.length > 0 && only && options.output === 'table')
    return linesOfFields(storeFields(only, { now, program, isUtf8: showsUtf8(env) }), width, paint);
  const withNamespaces = options.allNamespaces ?? false;
  const wide = options.output === 'wide';
  const table = fleetLines(stores, { now, withNamespaces, wide, width, paint });
  const isExplained = width !== undefined && !wide && !options.watch;
  return isExplained ? [...table, ...whyNotLines(stores, { withNamespaces, width, program })] : table;
}

function output(stores: readonly SessionStoreResource[], invocation: Invocation<StatusOptions>): string {
  const { output: format } = invocation.options;
  if (isForPrograms(format)) return printed(stores, format);
  const lines = format === 'name' ? stores.map((store) => qualifiedName(store)) : textOf(stores, invocation);
  return lines.map((line) => `${line}\n`).join('');
}

/** Only people watch: a script has `kubectl get --watch`, which prints objects. */
function checkWatch({ options, terminal }: Invocation<StatusOptions>): void {
  const isTable = options.output === 'table' || options.output === 'wide';
  if (options.watch && !(terminal.stdout.isTTY && isTable))
    throw usageError('Expected a terminal and a table for --watch; use kubectl get --watch in a script');
}

/** Prints the fleet or one store; exit code 1 says that a store is not Ready. */
export const status: CommandHandler<StatusOptions> = async (invocation) => {
  const { args, options, terminal } = invocation;
  checkWatch(invocation);
  await using access = await openAccess(options);
  const stores = await selectedStores(access, args[0], options);
  if (options.watch) {
    const { watchStores } = await import('./watch.ts');
    await watchStores(access, { ...options, name: args[0] }, terminal, (found) => output(found, invocation));
    return exitCodes.interrupted;
  }
  const isEmpty = stores.length === 0 && (options.output === 'table' || options.output === 'wide');
  if (isEmpty) {
    const where = options.allNamespaces ? '' : ` in namespace ${access.namespace}`;
    terminal.stderr.write(`No SessionStores found${where}.\n`);
  } else terminal.stdout.write(output(stores, invocation));
  return stores.every((store) => readinessOf(store).isReady) ? exitCodes.ok : exitCodes.notWell;
};
