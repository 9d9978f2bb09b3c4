import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaSessionStore } from '@quixo3/prisma-session-store';
import { isPostgres } from './connections.mjs';
import { expressStore } from './express.mjs';
import { migratePostgres } from './prisma-migration.mjs';

/** For the adapter's client, which has to be told that it may ask MySQL for the key of a password. */
const mariadbUrl = (url) => `${url.replace('mysql:', 'mariadb:')}?allowPublicKeyRetrieval=true`;

const kindOf = (url) =>
  isPostgres(url)
    ? { name: 'postgresql', adapter: new PrismaPg({ connectionString: url }) }
    : { name: 'mysql', adapter: new PrismaMariaDb(mariadbUrl(url)) };

/** The table's name is in the schema of Prisma, so that it cannot be another here. */
export async function open({ url }) {
  const { name, adapter } = kindOf(url);
  const { PrismaClient } = (await import(`./clients/${name}/index.js`)).default;
  const prisma = new PrismaClient({ adapter });
  const store = new PrismaSessionStore(prisma, { dbRecordIdIsSessionId: true, loggerLevel: ['error'] });
  return {
    ...expressStore(store),
    ...(isPostgres(url) && { migrate: () => migratePostgres(url, 'postgresql.prisma') }),
    clean: () => store.prune(),
    close: () => prisma.$disconnect(),
  };
}
