import { TypeormStore } from 'connect-typeorm';
import { Column, DataSource, DeleteDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import { isPostgres } from './connections.mjs';
import { expressStore } from './express.mjs';

/** The entity of the library's README; its decorators are called, as JavaScript has none. */
function newEntity(table) {
  class Session {}
  const on = (name, ...decorators) => {
    for (const decorate of decorators) decorate(Session.prototype, name);
  };
  on('expiredAt', Index(), Column('bigint'));
  on('id', PrimaryColumn('varchar', { length: 255 }));
  on('json', Column('text'));
  on('destroyedAt', DeleteDateColumn());
  Entity(...(table ? [table] : []))(Session);
  return Session;
}

export async function open({ url, table }) {
  const entity = newEntity(table);
  const source = new DataSource({ type: isPostgres(url) ? 'postgres' : 'mysql', url, entities: [entity] });
  await source.initialize();
  const repository = source.getRepository(entity);
  const storeOf = (options) => new TypeormStore(options).connect(repository);
  return {
    ...expressStore(storeOf({})),
    migrate: () => source.synchronize(),
    // The library cleans when it saves a session, here one that nobody asks for.
    clean: async () => {
      const store = storeOf({ cleanupLimit: 1_000_000, limitSubquery: false });
      await expressStore(store).save('cleaner', 3600);
      await repository.delete({ id: 'cleaner' });
    },
    close: () => source.destroy(),
  };
}
