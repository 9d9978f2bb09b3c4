import type { Layout } from './layout.ts';

/** Django's session engine `file`: https://github.com/django/django, `contrib/sessions/backends/file.py`. */
export const djangoFiles: Layout = {
  name: 'django-files',
  title: 'Django, session engine file',
  source: 'https://github.com/django/django/blob/main/django/contrib/sessions/backends/file.py',
  library: {
    versions: '5.2.19',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'Django leaves it to the command `clearsessions`, which reads every file.',
  },
  age: 'expiry',
  directory: {
    name: {
      prefix: 'sessionid',
      id: /^[a-z0-9]{32}$/,
      leftover: /^[a-z0-9]{32}_out_.+$/s,
    },
    content: 'django',
    rules: [
      { at: { path: ['_session_expiry'], unit: 'iso' } },
      // By Django's documentation; its file engine itself never ends such a session, though the cookie has ended.
      { at: 'mtime', plus: { path: ['_session_expiry'], unit: 's' } },
      { at: 'mtime', plus: 'ttl' },
    ],
    endsAfterChange: true,
    mayBeEmpty: true,
    head: /^\.?[\w-]+(?::|$)/,
    options: ['ttl', 'prefix', 'timeZone'],
  },
};
