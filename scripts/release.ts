/**
 * Writes the files of a release, without the images, into a folder: `node scripts/release.ts dist-release`. The
 * variable REGISTRY names the registry, and the path in it, of the images; DOWNLOADS is the address of the folder in which
 * the files of this release are published.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { helmProgram } from './cluster/helm.ts';
import { kubernetesPrograms } from './cluster/kubernetes.ts';
import { repository } from './cluster/paths.ts';
import { run, step } from './cluster/run.ts';
import { writePlugin } from './plugin-archive.ts';
import { installManifest, withRegistry } from './release-files.ts';

const [folder = 'dist-release'] = process.argv.slice(2);
const target = path.resolve(folder);
const registry = process.env['REGISTRY'] ?? '';
// A name that never resolves: the manifest is still good for an archive that is at hand.
const downloads = process.env['DOWNLOADS'] ?? 'https://downloads.invalid';
const packageJson = JSON.parse(await readFile(path.join(repository, 'package.json'), 'utf8'));
const { version } = packageJson;
const inTarget = (name: string): string => path.join(target, name);

async function writeManifest(): Promise<void> {
  const kubectl = path.join(await kubernetesPrograms(), 'kubectl');
  const manifests = await run(kubectl, ['kustomize', path.join(repository, 'deploy')]);
  await writeFile(inTarget('install.yaml'), installManifest(manifests, version, registry));
}

async function packageChart(): Promise<void> {
  const copy = inTarget('chart');
  await cp(path.join(repository, 'deploy/chart'), copy, { recursive: true });
  const values = path.join(copy, 'values.yaml');
  await writeFile(values, withRegistry(await readFile(values, 'utf8'), registry));
  const versions = ['--version', version, '--app-version', version];
  await run(await helmProgram('v4'), ['package', copy, ...versions, '--destination', target]);
  await rm(copy, { recursive: true });
}

/**
 * Lists the packages that the program depends on. `npm sbom --omit=dev` would leave out pg, which a development
 * dependency depends on, too; so npm gets a copy of package.json and of the lock without those.
 */
async function writeBillOfMaterials(): Promise<void> {
  // npm takes the name of the folder for that of the program.
  const copy = inTarget('session-store-operator');
  await mkdir(copy);
  const { devDependencies: _, ...packageFile } = packageJson;
  await writeFile(path.join(copy, 'package.json'), JSON.stringify(packageFile));
  await cp(path.join(repository, 'package-lock.json'), path.join(copy, 'package-lock.json'));
  await run('npm', ['prune', '--package-lock-only', '--offline', '--ignore-scripts'], { cwd: copy });
  const options = ['--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const text = await run('npm', ['sbom', ...options], { cwd: copy });
  await writeFile(inTarget(`session-store-operator-${version}.cdx.json`), text);
  await rm(copy, { recursive: true });
}

async function writeChecksums(): Promise<void> {
  const lines: string[] = [];
  for (const name of (await readdir(target)).sort()) {
    const hash = createHash('sha256').update(await readFile(inTarget(name)));
    lines.push(`${hash.digest('hex')}  ${name}\n`);
  }
  await writeFile(inTarget('SHA256SUMS'), lines.join(''));
}

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await step('install.yaml', writeManifest);
await step('chart', packageChart);
await step('bill of materials', writeBillOfMaterials);
await step('plugin of kubectl', () => writePlugin(target, version, downloads));
await step('checksums', writeChecksums);
