/** Values that matter, each with the objects that they change in test/chart/golden. */
export const cases: Readonly<Record<string, object>> = {
  'one-registry': { registry: 'registry.example/platform', imagePullSecrets: [{ name: 'registry' }] },
  digests: {
    image: { digest: `sha256:${'a'.repeat(64)}` },
    pythonImage: { digest: `sha256:${'b'.repeat(64)}` },
  },
  'no-python': { pythonImage: { enabled: false } },
  'two-replicas': {
    replicas: 2,
    priorityClassName: 'system-cluster-critical',
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'session-store-operator' } },
      },
    ],
  },
  placement: {
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'platform', operator: 'Exists' }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'platform', operator: 'Exists' }] }],
        },
      },
    },
    resources: { requests: { cpu: '100m' }, limits: { memory: '1Gi' } },
  },
  'some-namespaces': {
    flags: {
      watchNamespaces: ['shop', 'wiki'],
      installationId: '0ab7a0d5-6b9c-4c55-93c0-e10f83d2b8a4',
      leaderElectionNamespace: 'leases',
    },
  },
  'network-policies': {
    networkPolicy: {
      enabled: true,
      apiServer: { cidrs: ['10.96.0.1/32', '192.0.2.10/32'], ports: [443, 6443] },
      metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      jobs: { namespaces: ['shop'], egress: [{ ports: [{ port: 5432 }, { port: 53, protocol: 'UDP' }] }] },
    },
  },
  'service-monitor': { serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } },
  'extra-labels': {
    labels: { team: 'platform' },
    annotations: { 'example.com/owner': 'platform' },
    podLabels: { tier: 'operators' },
    podAnnotations: { 'example.com/scrape': 'true' },
    serviceAccount: { annotations: { 'example.com/role': 'operator' } },
  },
};
