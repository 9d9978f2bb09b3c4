import path from 'node:path';
import { type Runtime, sourcesOf } from '../runtime.ts';
import { debianFiles } from './debian.ts';

/** The session libraries of Ruby, in one process. */
export const ruby: Runtime = {
  name: 'ruby',
  prepare: async () => {
    const { root, loader, find } = await debianFiles('debian-ruby');
    const [command, ...args] = loader;
    const version = path.basename(find('usr/lib/ruby/[0-9]*'));
    const libraries = ['usr/lib', path.relative(root, find('usr/lib/*-linux-gnu'))];
    const integration = ['usr/share', ...libraries].flatMap((folder) =>
      ['all', version].map((name) => path.join(root, folder, 'rubygems-integration', name)),
    );
    const load = libraries.flatMap((folder) =>
      [`vendor_ruby`, `vendor_ruby/${version}`, version].map((name) => path.join(root, folder, 'ruby', name)),
    );
    return {
      command,
      args: [...args, find('usr/bin/ruby3.?'), path.join(sourcesOf('ruby'), 'main.rb')],
      env: {
        RUBYLIB: load.join(':'),
        GEM_HOME: path.join(root, 'gems'),
        GEM_PATH: integration.join(':'),
        MARIADB_PLUGIN_DIR: path.join(find('usr/lib/*-linux-gnu'), 'libmariadb3/plugin'),
      },
    };
  },
};
