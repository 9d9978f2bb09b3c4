import type { Proof } from '../proof.ts';
import { python as runtime } from '../runtimes/python.ts';

export { runtime };

/** Django, in Python. */
export const proofs: readonly Proof[] = [
  { layout: 'django' },
  { layout: 'django', variant: 'user-sessions', table: { table: 'user_sessions_session' } },
  // With USE_TZ = False, times are those of TIME_ZONE.
  { layout: 'django', variant: 'naive', on: ['mysql', 'mariadb'], zoned: true },
  { layout: 'django-files', layoutOptions: { ttl: '1h' } },
  // Each session has an end of its own, which names no zone with USE_TZ = False.
  { layout: 'django-files', variant: 'expiry', layoutOptions: { ttl: '1h' } },
  { layout: 'django-files', variant: 'naive', layoutOptions: { ttl: '1h' }, zoned: true },
];
