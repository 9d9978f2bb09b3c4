import packageJson from '#package' with { type: 'json' };
import { parseFlags, usage } from '../operator/flags.ts';
import { runOperator } from '../operator/operator.ts';
import { configLoader } from './api-config.ts';
import { operatorLog } from './operator-log.ts';

/** Runs the operator until SIGTERM or SIGINT; returns the exit code. */
export async function operator(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(usage());
    return 0;
  }
  const flags = parseFlags(args);
  if (typeof flags === 'string') {
    process.stderr.write(`sessionstore operator: ${flags}\n`);
    return 64;
  }
  const log = operatorLog(flags['log-level']);
  const named = flags['watch-namespace'];
  const namespaces = named.length > 0 ? named : 'all';
  log.info({ version: packageJson.version, namespaces }, 'starting');
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      stop.abort();
    });
  }
  try {
    await runOperator({ flags, loadConfig: await configLoader(), log }, stop.signal);
    log.info('stopped');
    return 0;
  } catch (error) {
    log.fatal({ err: error }, 'the operator cannot continue');
    return 1;
  }
}
