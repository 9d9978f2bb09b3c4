import { globSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../../scripts/cluster/run.ts';
import { builtOnce, type Runtime } from '../runtime.ts';

/** Copies jars; the version is given, because Debian's Maven takes a plugin of 2014. */
const copyJars = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** Spring Session JDBC, and the sessions of Tomcat and Jetty, for Java. */
export const java: Runtime = {
  name: 'java',
  async prepare() {
    const folder = await builtOnce('java', async (fresh, sources) => {
      const jars = path.join(fresh, 'lib');
      const pom = path.join(sources, 'pom.xml');
      const quiet = ['--quiet', '--batch-mode', '--strict-checksums'];
      await run('mvn', [...quiet, '--file', pom, copyJars, `-DoutputDirectory=${jars}`]);
      const classes = globSync('*.java', { cwd: sources }).map((name) => path.join(sources, name));
      await run('javac', ['-d', fresh, '-cp', `${jars}/*`, ...classes]);
    });
    // A short-lived process: the second compiler would cost more than it gives.
    const options = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];
    return { command: 'java', args: [...options, '-cp', `${folder}:${folder}/lib/*`, 'Libraries'] };
  },
};
