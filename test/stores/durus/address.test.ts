import { describe, expect, test } from 'vitest';
import { session3 } from '../../../src/layouts/session3.ts';
import { dialledAddress, mayDial } from '../../../src/stores/durus/address.ts';
import { openStore } from '../../../src/stores/index.ts';

describe('a run', () => {
  test.each([
    ...[
      '169.254.169.254',
      '127.0.0.1',
      '127.255.255.254',
      '0.0.0.0',
      '0.1.2.3',
      '224.0.0.1',
      '255.255.255.255',
    ],
    ...['::', '::1', 'fe80::1', 'febf::1', 'fec0::1', 'ff02::1', '::ffff:169.254.169.254', '::ffff:7f00:1'],
    ...['::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::127.0.0.1', '2002:a9fe:a9fe::1', 'fd00:ec2::254'],
    ...['100.100.100.200', '192.0.0.192', '168.63.129.16', '::ffff:168.63.129.16', 'fd20:ce::254'],
  ])('never dials %s', (address) => {
    expect(mayDial(address)).toBe(false);
  });

  test.each([
    ...['10.0.0.1', '172.17.0.2', '192.168.1.1', '100.64.0.1', '8.8.8.8', 'fd00::1', '2001:db8::1'],
    ...['::ffff:10.0.0.1', '64:ff9b::8.8.8.8'],
  ])('may dial %s', (address) => {
    expect(mayDial(address)).toBe(true);
  });

  test.each(['localhost', '2130706433', '0x7f.1', '0177.0.0.1', '127.1'])(
    'is refused the host %s, as it resolves to loopback',
    async (host) => {
      await expect(dialledAddress(host, 2972)).rejects.toMatchObject({
        reason: 'UnsupportedServer',
        message: expect.stringMatching(/found the address (127\.0\.0\.1|::1), which is a loopback/),
      });
    },
  );

  test('opens no store at such a host', async () => {
    const spec = { host: 'localhost', port: 2972 };
    await expect(
      openStore('durus', { spec, layout: session3, connectionPath: '/nowhere', volumePath: '/nowhere' }),
    ).rejects.toMatchObject({ reason: 'UnsupportedServer' });
  });

  test('is told that a name has no address, and connects to the address that it looked at', async () => {
    await expect(dialledAddress('durus.invalid', 2972)).rejects.toMatchObject({ reason: 'ConnectionFailed' });
    expect(await dialledAddress('10.0.0.1', 2972)).toBe('10.0.0.1');
  });
});
