import { PrismaAdapter } from '@auth/prisma-adapter';
import { isPostgres, mysqlPool } from './connections.mjs';
import { clientOf } from './prisma-client.mjs';
import { migratePostgres } from './prisma-migration.mjs';

/** The SQL that `prisma migrate dev` writes for MySQL, from its documentation: its engine for MySQL is not on npm. */
const mysqlDdl = [
  `CREATE TABLE \`User\` (
    \`id\` VARCHAR(191) NOT NULL,
    \`name\` VARCHAR(191) NULL,
    \`username\` VARCHAR(191) NULL,
    \`email\` VARCHAR(191) NULL,
    \`emailVerified\` DATETIME(3) NULL,
    \`image\` VARCHAR(191) NULL,
    \`createdAt\` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    \`updatedAt\` DATETIME(3) NOT NULL,
    UNIQUE INDEX \`User_username_key\`(\`username\`),
    UNIQUE INDEX \`User_email_key\`(\`email\`),
    PRIMARY KEY (\`id\`)
  ) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  `CREATE TABLE \`Session\` (
    \`id\` VARCHAR(191) NOT NULL,
    \`sessionToken\` VARCHAR(191) NOT NULL,
    \`userId\` VARCHAR(191) NOT NULL,
    \`expires\` DATETIME(3) NOT NULL,
    \`createdAt\` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    \`updatedAt\` DATETIME(3) NOT NULL,
    UNIQUE INDEX \`Session_sessionToken_key\`(\`sessionToken\`),
    INDEX \`Session_userId_idx\`(\`userId\`),
    PRIMARY KEY (\`id\`)
  ) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  `ALTER TABLE \`Session\` ADD CONSTRAINT \`Session_userId_fkey\` FOREIGN KEY (\`userId\`) REFERENCES \`User\`(\`id\`)
    ON DELETE RESTRICT ON UPDATE CASCADE`,
];

async function migrateMysql(url) {
  const pool = mysqlPool(url);
  for (const statement of mysqlDdl) await pool.query(statement);
  await pool.end();
}

export async function adapt({ url }) {
  const prisma = await clientOf(url, 'authjs-');
  return {
    adapter: PrismaAdapter(prisma),
    migrate: () => (isPostgres(url) ? migratePostgres(url, 'authjs-postgresql.prisma') : migrateMysql(url)),
    close: () => prisma.$disconnect(),
  };
}
