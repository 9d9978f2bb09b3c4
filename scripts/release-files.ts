const inRegistry = (registry: string, image: string): string =>
  registry === '' ? image : `${registry}/${image}`;

/** The manifests of deploy/ with the images of a release instead of those that are built here. */
export function installManifest(manifests: string, version: string, registry: string): string {
  const built = /\b(session-store-operator(?:-python)?):dev\b/g;
  return manifests.replaceAll(built, (_all, name) => inRegistry(registry, `${name}:${version}`));
}

/** The chart's values with this registry as the default. */
export function withRegistry(values: string, registry: string): string {
  const line = /^registry: ""$/m;
  if (!line.test(values)) throw new Error('Expected values.yaml to have the line: registry: ""');
  return values.replace(line, () => `registry: ${JSON.stringify(registry)}`);
}
