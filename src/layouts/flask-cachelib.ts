import type { Layout } from './layout.ts';

/** Hashes of `__wz_cache_count`. */
const countFiles = [
  '79bc207ee04a581ab2348ca1f3494e64cd0ec36128735b8c6bc85ddd8fe1938c',
  '2029240f6d1128be89ddc32729463129',
];

/**
 * Flask-Session with a cache of files: https://github.com/pallets-eco/cachelib, `file.py`. The folder may hold other
 * entries of the same cache; each ends at its own time.
 */
export const flaskCachelib: Layout = {
  name: 'flask-cachelib',
  title: 'Flask-Session, cachelib’s FileSystemCache',
  source: 'https://github.com/pallets-eco/cachelib/blob/main/src/cachelib/file.py',
  library: {
    versions: 'Flask-Session 0.8.0 with cachelib 0.17.0 and 0.9.0',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself:
      'Above its threshold of 500 files, each write deletes expired sessions, then live ones until the count is below.',
    switchOff: 'Set the threshold to 0 (`SESSION_FILE_THRESHOLD`, or an argument of FileSystemCache).',
    alsoTouched:
      'Clean-up sets the cache’s own count of its files (the file named by the hash of `__wz_cache_count`) to 0, in place, before its first deletion and after its last. cachelib does not notice that another program deletes files: with the old count it would believe the folder full and delete live sessions. A count that is too low only lets it keep more files than its threshold.',
  },
  age: 'expiry',
  directory: {
    // SHA-256, or MD5 in older versions.
    name: { id: /^(?:[0-9a-f]{64}|[0-9a-f]{32})$/, leftover: /^.+\.__wz_cache$/s },
    content: 'uint32',
    rules: [{ at: { path: [], unit: 's', never: [0] } }],
    // biome-ignore lint/suspicious/noControlCharactersInRegex: four bytes, and a pickle's first two
    head: /^.{4}\x80[\x02-\x05]/s,
    reserved: countFiles,
    // Without an expiry, and with a pickle of 0 that each Python reads.
    counters: { names: countFiles, zero: '\0\0\0\0\x80\x02K\0.' },
  },
};
