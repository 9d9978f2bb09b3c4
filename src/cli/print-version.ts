import { type AccessOptions, openAccess } from './access.ts';
import type { CommandHandler } from './cli.ts';
import { exitCodes } from './exit-codes.ts';
import { operatorContainer, operatorDeployments } from './operator-deployments.ts';
import { programVersion } from './version.ts';

interface VersionOptions extends AccessOptions {
  readonly client?: boolean;
}

async function imageOf(options: AccessOptions): Promise<string> {
  await using access = await openAccess(options);
  const found = await operatorDeployments(access.server);
  if (found.state === 'refused') return `not known. ${found.why}`;
  const images = found.state === 'found' ? found.value.map((each) => operatorContainer(each)?.image) : [];
  return images.join(', ') || 'not found: no Deployment runs it in the namespaces that you may see';
}

/** Prints the version of this program, and the image of the operator where the person may see it. */
export const printVersion: CommandHandler<VersionOptions> = async ({ options, terminal: { stdout } }) => {
  stdout.write(`Program: ${programVersion}\n`);
  if (!options.client) stdout.write(`Operator: ${await imageOf(options)}\n`);
  return exitCodes.ok;
};
