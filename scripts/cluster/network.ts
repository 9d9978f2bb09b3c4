import { existsSync } from 'node:fs';
import { run, until } from './run.ts';

/** The addresses of one cluster, so that several can stand side by side on one machine. */
export interface Network {
  /** The link between machine and node, as the machine sees it. */
  readonly link: string;
  /** The two ends of that link. */
  readonly machine: string;
  readonly node: string;
  readonly pods: string;
  readonly services: string;
}

/** The n-th network; the first has the addresses that most clusters have. */
export function networkOf(slot: number): Network {
  const prefix = `10.${244 + slot}`;
  return {
    link: `session-store${slot}`,
    machine: `${prefix}.255.1`,
    node: `${prefix}.255.2`,
    pods: `${prefix}.0.0/24`,
    services: `10.${96 + slot}.0.0/16`,
  };
}

/** The first slot with addresses to which no route of this machine leads. */
export async function freeSlot(): Promise<number> {
  const routes = JSON.parse(await run('ip', ['-json', 'route', 'show', 'table', 'all'])) as { dst: string }[];
  const taken = (slot: number) =>
    routes.some(({ dst }) => dst.startsWith(`10.${244 + slot}.`) || dst.startsWith(`10.${96 + slot}.`));
  const slot = Array.from({ length: 12 }, (_, n) => n).find((n) => !taken(n));
  if (slot !== undefined) return slot;
  throw new Error('Every address range for a test cluster is in use. See them with: ip route');
}

/**
 * Links the machine to the network namespace of a process, as its `eth0`, and leads the way to the pods and
 * the Services behind it. The kernel takes link and routes away with the namespace, some time after its last process.
 */
export async function linkNode(network: Network, pid: number): Promise<void> {
  const { link, machine, node, pods, services } = network;
  const commands = [
    `link add ${link} type veth peer name eth0 netns ${pid}`,
    `address add ${machine}/30 dev ${link}`,
    `link set ${link} up`,
    ...[pods, services].map((range) => `route add ${range} via ${node}`),
  ];
  for (const command of commands) await run('ip', command.split(' '));
}

/** Waits until the kernel has taken a link away; by then its routes are gone, too. */
export async function linkToGo(link: string): Promise<void> {
  await until(`the link ${link} to go`, 60_000, () => !existsSync(`/sys/class/net/${link}`));
}
