import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The installed package's folder of a module; undefined for a module of the program itself. */
function packageFolder(module: string): string | undefined {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module)?.[0];
}

/** The texts of a package's licence and notices: files of their own, or else a section of its README. */
async function textsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  const contentOf = async (name: string) => (await readFile(path.join(folder, name), 'utf8')).trim();
  const files = names.filter((name) => /^(licen[cs]e|notice|copying)/i.test(name)).sort();
  if (files.length > 0) return Promise.all(files.map(contentOf));
  const readme = names.find((name) => /^readme/i.test(name));
  const sections = readme === undefined ? [] : (await contentOf(readme)).split(/^#+ /m);
  const section = sections.find((text) => /^licen[cs]e\n/i.test(text))?.replace(/^.*\n/, '');
  return section ? [section.trim()] : [];
}

async function licenceOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const texts = await textsIn(folder);
  if (texts.length === 0) {
    throw new Error(`Expected ${name} to have the text of its licence in a file or its README; found none`);
  }
  return [`${name} ${version}: ${license ?? 'see below'}`, ...texts].join('\n\n');
}

/** The licences of all packages that these modules come from, as installed. */
export async function licencesOf(modules: readonly string[]): Promise<string> {
  const folders = new Set(modules.map(packageFolder).filter((folder) => folder !== undefined));
  const licences = await Promise.all([...folders].sort().map(licenceOf));
  return `${licences.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
