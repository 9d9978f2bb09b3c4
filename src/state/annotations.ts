/**
 * Annotations that every SessionStore may set, with their permitted values. They keep an injector away from a pod or
 * describe the pod; they cannot add a container, a volume or an image.
 */
const harmless: Readonly<Record<string, readonly string[]>> = {
  'sidecar.istio.io/inject': ['false'],
  'linkerd.io/inject': ['disabled'],
  'kuma.io/sidecar-injection': ['disabled'],
  'consul.hashicorp.com/connect-inject': ['false'],
  'vault.hashicorp.com/agent-inject': ['false'],
  'prometheus.io/scrape': ['false'],
  'cluster-autoscaler.kubernetes.io/safe-to-evict': ['true', 'false'],
  'karpenter.sh/do-not-disrupt': ['true', 'false'],
  'kubectl.kubernetes.io/default-container': ['runner'],
};

/** An exact key, all keys below a prefix (`example.com/*`), or all (`*`). */
export const annotationPattern = /^(\*|[A-Za-z0-9][A-Za-z0-9._-]*(\/(\*|[A-Za-z0-9._-]+))?)$/;

const matches = (key: string, pattern: string): boolean =>
  pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern;

/**
 * Explains why a SessionStore may not set these annotations; undefined if it may. `field` says where they are, such as
 * `spec.pod.annotations`; `allowed` has the patterns of the operator's flag.
 */
export function annotationProblem(
  field: string,
  annotations: Readonly<Record<string, string>> | undefined,
  allowed: readonly string[],
): string | undefined {
  const refused = Object.entries(annotations ?? {}).find(
    ([key, value]) =>
      !allowed.some((pattern) => matches(key, pattern)) &&
      !(Object.hasOwn(harmless, key) && harmless[key]?.includes(value)),
  );
  if (!refused) return undefined;
  const [key] = refused;
  const values = Object.hasOwn(harmless, key) ? harmless[key] : undefined;
  return (
    `${field}: this operator does not pass on ` +
    `${key}${values ? ` with another value than ${values.join(' or ')}` : ''}, because an injector may ` +
    'take an image, a container or a volume from an annotation: leave it out, or allow it with the ' +
    `operator’s flag --allow-pod-annotations=${key}`
  );
}
