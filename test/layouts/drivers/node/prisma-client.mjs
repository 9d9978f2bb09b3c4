import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import { isPostgres } from './connections.mjs';

/** For the adapter's client, which has to be told that it may ask MySQL for the key of a password. */
const mariadbUrl = (url) => `${url.replace('mysql:', 'mariadb:')}?allowPublicKeyRetrieval=true`;

const kindOf = (url) =>
  isPostgres(url)
    ? { name: 'postgresql', adapter: new PrismaPg({ connectionString: url }) }
    : { name: 'mysql', adapter: new PrismaMariaDb(mariadbUrl(url)) };

/** The client of packages/prisma/<prefix><kind of server>.prisma, as it was generated beside the driver. */
export async function clientOf(url, prefix = '') {
  const { name, adapter } = kindOf(url);
  const { PrismaClient } = (await import(`./clients/${prefix}${name}/index.js`)).default;
  return new PrismaClient({ adapter });
}
