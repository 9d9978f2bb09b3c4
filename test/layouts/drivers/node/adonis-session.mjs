import { stores } from '@adonisjs/session';

/** AdonisJS' store of sessions that last so long, as its session middleware makes it. */
export async function adonisStore(provider, lifetimeSeconds, container = {}) {
  const make = await provider.resolver({ container: { make: async () => container } });
  return make(null, { age: lifetimeSeconds });
}

export { stores };
