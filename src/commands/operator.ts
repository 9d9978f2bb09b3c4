import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { parseFlags, usage } from '../operator/flags.ts';
import { runOperator } from '../operator/operator.ts';

/** In a pod its service account, elsewhere $KUBECONFIG or ~/.kube/config. */
function loadConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}

/** Runs the operator until SIGTERM or SIGINT; its exit code. */
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
  const log = pino({
    level: flags['log-level'],
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    base: null,
  });
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      stop.abort();
    });
  }
  try {
    await runOperator({ flags, loadConfig, log }, stop.signal);
    log.info('stopped');
    return 0;
  } catch (error) {
    log.fatal({ err: error }, 'the operator cannot go on');
    return 1;
  }
}
