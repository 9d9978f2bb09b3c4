import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { parseFlags } from '../../src/operator/flags.ts';
import { type OperatorParts, runOperator } from '../../src/operator/operator.ts';

export interface RunningOperator {
  /** Where /healthz, /readyz and /metrics are served. */
  readonly health: string;
  readonly metrics: string;
  /** Ends it as SIGTERM does; rejects with what ended it before. */
  stop(): Promise<void>;
}

/** Runs the operator in this process against the cluster of a kubeconfig. */
export async function startOperator(
  kubeconfig: string,
  args: readonly string[] = [],
  parts: Partial<OperatorParts> = {},
): Promise<RunningOperator> {
  const defaults = [
    '--runner-image=session-store-operator:dev',
    '--health-port=0',
    '--metrics-port=0',
    '--leader-elect=false',
  ];
  const flags = parseFlags([...defaults, ...args]);
  if (typeof flags === 'string') throw new Error(flags);
  const loadConfig = () => {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return config;
  };
  const stop = new AbortController();
  const { promise: serving, resolve } = Promise.withResolvers<{ health: number; metrics: number }>();
  const log = pino({ level: process.env['OPERATOR_LOG'] ?? 'fatal' });
  const running = runOperator({ flags, loadConfig, log, onServing: resolve, ...parts }, stop.signal);
  running.catch(() => undefined);
  const ports = await Promise.race([
    serving,
    running.then(() => Promise.reject(new Error('the operator ended'))),
  ]);
  return {
    health: `http://127.0.0.1:${ports.health}`,
    metrics: `http://127.0.0.1:${ports.metrics}/metrics`,
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}
