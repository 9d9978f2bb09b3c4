/** Metadata addresses of clouds outside the link-local ranges: Alibaba, Oracle, Azure, AWS, Google. */
export const metadataAddresses = [
  ...['100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254'],
] as const;

const isMetadata = `[${metadataAddresses.map((address) => `ip('${address}')`).join(', ')}].exists(a, a == ip(self))`;
/** Deprecated or translated forms of an IPv4 address. */
const isDisguised =
  "['::/96', '64:ff9b::/96', '2002::/16', 'fec0::/10'].exists(c, cidr(c).containsIP(ip(self)))";
const isUsual = `ip(self).isGlobalUnicast() && !self.matches('^0[.]') && !${isDisguised}`;

/** Numbers that a resolver may take for an IPv4 address in an unusual form: `2852039166`, `0xa9.0376.1`. */
const endsInNumber = "self.matches('(^|[.])(0[xX][0-9A-Fa-f]*|[0-9]+)[.]?$')";
const isLocalName = "self.matches('(?i)^(.*[.])?(localhost|metadata[.]google[.]internal)[.]?$')";

/**
 * CEL over a host. Refuses the node's and the pod's own addresses and metadata addresses of clouds. The run refuses a
 * name that resolves to one of these (address.ts).
 */
export const hostRule = {
  rule: `isIP(self) ? ${isUsual} && !${isMetadata} : !self.contains(':') && !${endsInNumber} && !${isLocalName}`,
  message:
    'host must be a name or an address in its usual form; loopback, link-local, unspecified and ' +
    'multicast addresses and those of a cloud’s metadata service are refused',
};
