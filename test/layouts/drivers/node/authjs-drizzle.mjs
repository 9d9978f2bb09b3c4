import { DrizzleAdapter } from '@auth/drizzle-adapter';
import { drizzleOn } from './drizzle-kit.mjs';

/** The tables that the adapter expects; the package does not export them. */
async function tablesOf(dialect) {
  const file = new URL(`./lib/${dialect}.js`, import.meta.resolve('@auth/drizzle-adapter'));
  return (await import(file.href)).defineTables();
}

export function adapt({ url }) {
  const { dialect, db, migrate, close } = drizzleOn(url);
  return {
    adapter: DrizzleAdapter(db),
    migrate: async () => migrate(await tablesOf(dialect)),
    close,
  };
}
