import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { metadataAddresses } from '../../api/backends/durus-host.ts';
import { StoreError } from '../store-error.ts';

/** This network and unspecified, loopback, link-local, multicast, reserved and broadcast. */
const refusedIPv4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ...metadataAddresses.filter((address) => !isIPv6(address)).map((address) => [address, 32] as const),
];
/** Unspecified, loopback and the deprecated forms that hold an IPv4 address; link-local, site-local, multicast. */
const refusedIPv6: readonly (readonly [string, number])[] = [
  ['::', 96],
  ['2002::', 16],
  ['fe80::', 9],
  ['ff00::', 8],
  ...metadataAddresses.filter(isIPv6).map((address) => [address, 128] as const),
  // IPv4 addresses behind a NAT64 gateway. Node itself checks the form ::ffff:0:0/96 as IPv4.
  ...refusedIPv4.map(([address, prefix]) => [`64:ff9b::${address}`, 96 + prefix] as const),
];

const refused = new BlockList();
for (const [address, prefix] of refusedIPv4) refused.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of refusedIPv6) refused.addSubnet(address, prefix, 'ipv6');

/** True if a run may connect to the address. */
export const mayDial = (address: string): boolean =>
  !refused.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

async function addressesOf(host: string, port: number): Promise<readonly string[]> {
  try {
    const found = await lookup(host, { all: true, order: 'ipv4first' });
    return found.map(({ address }) => address);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreError(
      'ConnectionFailed',
      `Expected a Durus server at ${host}:${port}; its name has no address (${code}). Start it, or name another host.`,
    );
  }
}

/**
 * Resolves a host to the address to connect to: only once, so that the checked address is the one that is used. Throws
 * if any address of the name is refused.
 */
export async function dialledAddress(host: string, port: number): Promise<string> {
  const addresses = await addressesOf(host, port);
  const bad = addresses.find((address) => !mayDial(address));
  const [first] = addresses;
  if (first !== undefined && bad === undefined) return first;
  throw new StoreError(
    'UnsupportedServer',
    `Expected the Durus host ${host} to be another machine or pod; found the address ${bad}, which is a loopback, ` +
      'link-local, multicast or metadata one: name the server’s own Service',
  );
}
