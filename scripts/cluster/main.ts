import { currentCluster, ensureCluster, removeCluster } from './cluster.ts';
import { install } from './install.ts';
import { stageOperatorImages } from './operator-image.ts';
import { step } from './run.ts';

/** The commands of the cluster and its images; the Makefile calls them. */
const commands: Record<string, () => Promise<unknown>> = {
  up: async () => {
    const { kubeconfig } = await ensureCluster();
    process.stdout.write(
      `The cluster is ready. Look around:\n  export KUBECONFIG=${kubeconfig} PATH=$PWD/.cluster/bin:$PATH\n`,
    );
  },
  down: () => step('end the cluster of this checkout', removeCluster),
  'image-files': () => step('operator: bundle', stageOperatorImages),
  install: async () => install(await currentCluster()),
};

const [name = ''] = process.argv.slice(2);
const command = commands[name];
try {
  if (command === undefined)
    throw new Error(`Expected one of ${Object.keys(commands).join(', ')}, got "${name}"`);
  await command();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  if (error instanceof Error && error.cause instanceof Error)
    process.stderr.write(`  ${error.cause.message}\n`);
  process.exitCode = 1;
}
