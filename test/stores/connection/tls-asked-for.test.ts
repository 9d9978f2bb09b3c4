import { describe, expect, test } from 'vitest';
import { ofSecret, settingsOf } from '../../../src/stores/connection/connection-settings.ts';
import { settingsFrom } from '../../../src/stores/server-options.ts';

const defaults = { port: 5432, schemes: ['postgresql:'] };
const uriWith = (parameters: string) => `postgresql://app:s3cret-w0rd@db/shop?${parameters}`;
const read = (parameters: string, secret: Record<string, string> = {}) =>
  settingsOf({ uri: uriWith(parameters), ...secret }, defaults, ofSecret).tlsMode;

test.each<[string, string]>([
  ['sslmode=verify-full', 'verify-full'],
  ['sslmode=VERIFY_FULL', 'verify-full'],
  ['ssl-mode=verify_identity', 'verify-full'],
  ['ssl-mode=VERIFY-IDENTITY', 'verify-full'],
  ['sslMode=VERIFY_IDENTITY', 'verify-full'],
  ['ssl_mode=required', 'require'],
  ['ssl-mode=PREFERRED', 'prefer'],
  ['ssl-mode=DISABLED', 'disable'],
  ['ssl=true', 'require'],
  ['ssl=1', 'require'],
  ['ssl=TRUE', 'require'],
  ['ssl=false', 'disable'],
  ['ssl=0', 'disable'],
  ['ssl=verify-full', 'verify-full'],
  ['ssl=%7B%22rejectUnauthorized%22%3A%20true%7D', 'verify-full'],
  ['ssl={"rejectUnauthorized":true}', 'verify-full'],
  ['ssl={"rejectUnauthorized":false}', 'require'],
  ['tls=true', 'verify-full'],
  ['tls=skip-verify', 'require'],
  ['tls=preferred', 'prefer'],
  ['requiressl=1', 'require'],
  ['requireSSL=true', 'require'],
  ['requiressl=0', 'prefer'],
  ['sslrootcert=system', 'verify-full'],
  ['ssl=true&sslmode=verify-full', 'verify-full'],
  ['sslmode=verify-full&ssl-mode=VERIFY_IDENTITY', 'verify-full'],
  ['application_name=shop&connect_timeout=10&keepalives_idle=5&charset=utf8mb4', 'prefer'],
  ['channel_binding=prefer&target_session_attrs=read-write', 'prefer'],
  ['', 'prefer'],
])('a uri with ?%s asks for %s', (parameters, mode) => {
  expect(read(parameters)).toBe(mode);
});

const refusals: readonly (readonly [string, RegExp])[] = [
  ['channel_binding=require', /channel_binding/],
  ['sslrootcert=/certs/ca.pem', /sslrootcert.*ca\.crt/],
  ['ssl-ca=/certs/ca.pem', /ssl-?ca.*ca\.crt/],
  ['ssl_key=/certs/key.pem', /ssl_?key.*tls\.key/],
  ['sslmode=', /says sslmode in a way/],
  ['sslmode=allow', /says sslmode in a way/],
  ['ssl=maybe', /says ssl in a way/],
  ['ssl={"ca":"x"}', /says ssl in a way/],
  ['tls=my-config', /says tls in a way/],
  ['gssencmode=require', /says gssencmode in a way/],
  ['useSSL=true', /parameter useSSL, which is not understood/],
  ['sslaccept=strict', /parameter sslaccept, which is not understood/],
  ['verifyServerCertificate=true', /parameter verifyServerCertificate, which/],
  ['search_path=evil', /parameter search_path, which/],
  ['serverTimezone=Asia/Tokyo', /parameter serverTimezone, which/],
  ['password=s3cret-w0rd', /password after the \?/],
  ['host=elsewhere', /host after the \?/],
  ['sslmode=disable&sslmode=verify-full', /contradicts itself about TLS in sslmode/],
  ['ssl=false&sslmode=require', /contradicts itself about TLS in sslmode and ssl/],
  ['ssl=true&sslmode=disable', /contradicts itself about TLS/],
  ['ssl=true&sslmode=prefer', /contradicts itself about TLS/],
  ['tls=skip-verify&sslmode=verify-full', /contradicts itself about TLS/],
  ['sslrootcert=system&sslmode=require', /contradicts itself about TLS/],
  ['__proto__=x', /has the parameter/],
  ['constructor=x', /parameter constructor, which/],
  ['s3cret-w0rd', /has the parameter, which is not understood/],
];

describe('a parameter that has not one meaning is refused by its name, and its value is not shown:', () => {
  test.each(refusals)('?%s', (parameters, words) => {
    const error = refused(() => read(parameters));
    expect(error).toMatchObject({ reason: 'SecretIncomplete', message: expect.stringMatching(words) });
    expect(error.message).not.toMatch(/s3cret|w0rd|evil|elsewhere|certs/);
  });
  test.each(refusals)('?%s, in the options of a program', (parameters, words) => {
    const error = refused(() => settingsFrom({ uri: uriWith(parameters) }, defaults));
    expect(error).toMatchObject({ reason: 'InvalidInput', message: expect.stringMatching(words) });
  });
});

describe('the key sslmode', () => {
  const keys = { host: 'db', username: 'app', database: 'shop' };
  test.each([
    ['REQUIRED', 'require'],
    ['Verify-Full', 'verify-full'],
    ['VERIFY_IDENTITY', 'verify-full'],
    ['DISABLED', 'disable'],
  ])('%s means %s', (sslmode, mode) => {
    expect(settingsOf({ ...keys, sslmode }, defaults, ofSecret).tlsMode).toBe(mode);
  });
  test.each(['allow', 'true', 'verify', ' require', 'no-verify', '__proto__'])('%j is refused', (sslmode) => {
    const error = refused(() => settingsOf({ ...keys, sslmode }, defaults, ofSecret));
    expect(error.message).toMatch(/key sslmode .*must be one of disable, prefer, require/);
  });
  test('beside a uri may ask for less, and not for more: then one of them is a mistake', () => {
    expect(read('sslmode=verify-full', { sslmode: 'prefer' })).toBe('verify-full');
    expect(read('application_name=x', { sslmode: 'VERIFY_IDENTITY' })).toBe('verify-full');
    const error = refused(() => read('sslmode=disable', { sslmode: 'VERIFY_IDENTITY' }));
    expect(error.message).toBe(
      "The Secret's key uri requires less TLS than sslmode beside it: keep one of them",
    );
  });
});

describe('TLS that is asked for beside the uri, in the words of a driver, is used or refused', () => {
  const keys = { host: 'db', username: 'app', database: 'shop' };
  test.each<[Record<string, string>, string]>([
    [{ 'ssl-mode': 'REQUIRED' }, 'require'],
    [{ sslMode: 'VERIFY_IDENTITY' }, 'verify-full'],
    [{ ssl: 'true' }, 'require'],
    [{ ssl: 'true', sslmode: 'verify-full' }, 'verify-full'],
    [{ tls: 'true' }, 'verify-full'],
    [{ requiressl: '1' }, 'require'],
  ])('as keys of a Secret: %j means %s', (extra, mode) => {
    expect(settingsOf({ ...keys, ...extra }, defaults, ofSecret).tlsMode).toBe(mode);
  });
  test.each<[Record<string, string>, RegExp]>([
    [{ ssl: 'perhaps' }, /^The Secret says ssl in a way/],
    [{ sslrootcert: 'PEM' }, /^The Secret names a file of TLS in sslrootcert.*under ca.crt/],
    [{ channel_binding: 'require' }, /^The Secret asks for channel_binding/],
    [{ useSSL: 'true' }, /^The Secret has the parameter useSSL, which is not understood/],
    [{ ssl: 'true', sslmode: 'disable' }, /^The Secret contradicts itself about TLS in ssl and sslmode/],
  ])('as keys of a Secret: %j is refused', (extra, words) => {
    expect(refused(() => settingsOf({ ...keys, ...extra }, defaults, ofSecret)).message).toMatch(words);
  });

  const server = { host: 'db', user: 'app', database: 'shop' };
  const from = (extra: object) => settingsFrom({ ...server, ...extra }, defaults).tlsMode;
  test.each<[object, string]>([
    [{ ssl: true }, 'require'],
    [{ ssl: { rejectUnauthorized: true } }, 'verify-full'],
    [{ sslmode: 'verify-full' }, 'verify-full'],
    [{ tls: true }, 'verify-full'],
    [{ tls: false }, 'disable'],
    [{ tls: { mode: 'REQUIRED' } }, 'require'],
    [{ tls: {} }, 'prefer'],
  ])('as options: %j means %s', (extra, mode) => {
    expect(from(extra)).toBe(mode);
  });
  test.each<[object, RegExp]>([
    [
      { tls: { rejectUnauthorized: true } },
      /option tls has rejectUnauthorized, which is not one of mode, ca/,
    ],
    [{ tls: 'Amazon RDS' }, /^The options object says tls in a way/],
    [{ ssl: { ca: 's3cret-w0rd' } }, /^The options object says ssl in a way/],
    [{ tls: { mode: 'verify-full' }, ssl: false }, /^The options object contradicts itself about TLS/],
  ])('as options: %j is refused', (extra, words) => {
    const error = refused(() => from(extra));
    expect(error).toMatchObject({ reason: 'InvalidInput', message: expect.stringMatching(words) });
    expect(error.message).not.toContain('s3cret');
  });
});

test('tls.mode beside a uri that asks for less is refused in the options of a program, too', () => {
  const options = { uri: uriWith('sslmode=disable'), tls: { mode: 'verify-full' } } as const;
  expect(refused(() => settingsFrom(options, defaults)).message).toMatch(
    /uri requires less TLS than tls.mode/,
  );
});

function refused(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('Expected a refusal');
}
