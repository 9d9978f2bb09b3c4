import { setTimeout } from 'node:timers/promises';
import { TypeormStore } from 'connect-typeorm';
import { Column, DataSource, DeleteDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';
import { isPostgres, zoneOption } from './connections.mjs';
import { expressStore } from './express.mjs';
import { setSessionZone } from './mysql-in-zone.mjs';

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

/** Sessions are destroyed at the server's own time, as the zone of the connection has it. */
async function connected(url, entity) {
  const kind = isPostgres(url) ? { type: 'postgres', extra: { options: zoneOption } } : { type: 'mysql' };
  const source = new DataSource({ ...kind, url, entities: [entity] });
  await source.initialize();
  if (isPostgres(url)) return source;
  source.driver.pool.on('connection', setSessionZone);
  // For the connection that is there already.
  setSessionZone(source);
  return source;
}

/** Variant `destroyed`: each session is destroyed as soon as it is saved, as at a logout. */
export async function open({ url, table, variant }) {
  const entity = newEntity(table);
  const source = await connected(url, entity);
  const repository = source.getRepository(entity);
  const storeOf = (options) => new TypeormStore(options).connect(repository);
  const store = storeOf({});
  const { save, isLive } = expressStore(store);
  const destroy = async (id) => {
    store.destroy(id);
    // The library calls back before it has destroyed the session.
    while (await repository.findOneBy({ id })) await setTimeout(10);
  };
  return {
    isLive,
    save: async (id, lifetimeSeconds) => {
      const key = await save(id, lifetimeSeconds);
      if (variant === 'destroyed') await destroy(id);
      return key;
    },
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
