import type { Job } from '../../src/api/kubernetes.ts';
import { storeLabel, taskLabel } from '../../src/state/labels.ts';
import { jobPath, until } from '../api-client.ts';
import { useLoop } from '../operator/loop.ts';
import { Namespace } from '../operator/namespace.ts';
import { cliOutcome, type TerminalOptions } from './fake-terminal.ts';

/** A control plane with the operator, and `clean` in one of its namespaces. */
export function useCleaning(namespace: string) {
  const loop = useLoop({ namespaces: [namespace] });
  const stores = new Namespace(loop, namespace);

  const clean = (args: readonly string[], options: TerminalOptions = {}, kubeconfig = loop.kubeconfig) =>
    cliOutcome(['clean', ...args, '-n', namespace, '--kubeconfig', kubeconfig], options);

  async function readyStore(name: string): Promise<void> {
    await stores.apply(name);
    await stores.provision(name);
    await until(`the CronJob of ${name}`, async () => {
      const { status } = await loop.api.request(
        'GET',
        `/apis/batch/v1/namespaces/${namespace}/cronjobs/${name}-cleanup`,
      );
      return status === 200;
    });
  }

  const jobs = async (store: string): Promise<readonly Job[]> =>
    (
      await loop.api.must(
        'GET',
        `${jobPath(namespace)}?labelSelector=${storeLabel}=${store},${taskLabel}=cleanup`,
      )
    ).items;

  /** The store's run that goes on. */
  const activeJob = (store: string): Promise<Job> =>
    until(`a run of ${store}`, async () =>
      (await jobs(store)).find(({ status }) => !status?.conditions?.length),
    );

  return { loop, stores, clean, readyStore, jobs, activeJob };
}
