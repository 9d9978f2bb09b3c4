import { PrismaSessionStore } from '@quixo3/prisma-session-store';
import { isPostgres } from './connections.mjs';
import { expressStore } from './express.mjs';
import { clientOf } from './prisma-client.mjs';
import { migratePostgres } from './prisma-migration.mjs';

/** The table's name is in the schema of Prisma, so that it cannot be another here. */
export async function open({ url }) {
  const prisma = await clientOf(url);
  const store = new PrismaSessionStore(prisma, { dbRecordIdIsSessionId: true, loggerLevel: ['error'] });
  return {
    ...expressStore(store),
    ...(isPostgres(url) && { migrate: () => migratePostgres(url, 'postgresql.prisma') }),
    clean: () => store.prune(),
    close: () => prisma.$disconnect(),
  };
}
