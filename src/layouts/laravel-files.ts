import type { Layout } from './layout.ts';

/**
 * Laravel's session driver `file`: https://github.com/laravel/framework, `FileSessionHandler.php`. Laravel never makes
 * subfolders; its own clean-up deletes every old file in one, which this layout leaves alone.
 */
export const laravelFiles: Layout = {
  name: 'laravel-files',
  title: 'Laravel, session driver file',
  source: 'https://github.com/laravel/framework/blob/12.x/src/Illuminate/Session/FileSessionHandler.php',
  library: {
    versions: 'illuminate/session 13.31.0',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'Two requests of a hundred delete all old files in the folder and in folders below it.',
    switchOff: "Set `'lottery' => [0, 100]` in config/session.php.",
  },
  age: 'modified',
  directory: {
    name: { id: /^[A-Za-z0-9]{40}$/ },
    rules: [{ at: 'mtime' }],
    // Serialized by PHP or as JSON, or encrypted.
    head: /^(?:[as]:\d+:|\{|\[|eyJ)/,
  },
};
