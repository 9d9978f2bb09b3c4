import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaSessionStore } from '@quixo3/prisma-session-store';
import { isPostgres } from './connections.mjs';
import { expressStore } from './express.mjs';

const kindOf = (url) =>
  isPostgres(url)
    ? { name: 'postgresql', adapter: new PrismaPg({ connectionString: url }) }
    : { name: 'mysql', adapter: new PrismaMariaDb(url.replace('mysql:', 'mariadb:')) };

/** The table's name is in the schema of Prisma, so that it cannot be another here. */
export async function open({ url }) {
  const { name, adapter } = kindOf(url);
  const { PrismaClient } = (await import(`./clients/${name}/index.js`)).default;
  const prisma = new PrismaClient({ adapter });
  const store = new PrismaSessionStore(prisma, { dbRecordIdIsSessionId: true, loggerLevel: ['error'] });
  return {
    ...expressStore(store),
    clean: () => store.prune(),
    close: () => prisma.$disconnect(),
  };
}
