import { adonisStore, stores } from './adonis-session.mjs';
import { uuidOf } from './stable-ids.mjs';

export function open({ folder }) {
  const store = (lifetimeSeconds) => adonisStore(stores.file({ location: folder }), lifetimeSeconds);
  return {
    save: async (id, lifetimeSeconds) => {
      if (lifetimeSeconds === null) return undefined;
      const files = await store(lifetimeSeconds);
      await files.write(uuidOf(id), { user: id });
      // The file has the kernel's time; a touch sets the one of the clock.
      await files.touch(uuidOf(id));
      return `${uuidOf(id)}.txt`;
    },
    isLive: async (id, lifetimeSeconds) =>
      (await (await store(lifetimeSeconds)).read(uuidOf(id)))?.user === id,
    // The first session that is written makes the folder.
    migrate: async () => {
      const files = await store(60);
      await files.write(uuidOf('first'), {});
      await files.destroy(uuidOf('first'));
    },
    close: () => undefined,
  };
}
