import { pino } from 'pino';
import { parseFlags, usage } from '../operator/flags.ts';
import { runOperator } from '../operator/operator.ts';
import { configLoader } from './api-config.ts';

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
  const log = pino(
    {
      level: flags['log-level'],
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      base: null,
    },
    // A slow reader of the log, or a slow disk, does not hold up the operator. The rest is written when the process exits.
    pino.destination({ sync: false }),
  );
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
