import { Shop, type ShopStore } from '../stores/python/shop.ts';
import type { Namespace, Platform } from './platform.ts';

/** A running application on session3, in a pod of its own, and the shell beside it. */
export interface Session3Pod extends AsyncDisposable {
  readonly shop: Shop;
  /** Runs a script as the application's user. */
  sh(script: string): Promise<string>;
}

const manifest = (name: string, claim: string | undefined) => ({
  metadata: { name, labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 2,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'application',
        image: 'session3-e2e:3.4.1',
        imagePullPolicy: 'IfNotPresent',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        ...(claim !== undefined && { volumeMounts: [{ name: 'sessions', mountPath: '/volume' }] }),
      },
    ],
    ...(claim !== undefined && {
      volumes: [{ name: 'sessions', persistentVolumeClaim: { claimName: claim } }],
    }),
  },
});

/** Starts it; disposing of it ends it, and removes the pod. */
export async function startSession3Pod(
  platform: Platform,
  { name: namespace }: Namespace,
  name: string,
  { store, claim }: { readonly store: ShopStore; readonly claim?: string },
): Promise<Session3Pod> {
  const { api, kubectl, kubectlCommand } = platform;
  const path = `/api/v1/namespaces/${namespace}/pods`;
  await api.must('POST', path, manifest(name, claim));
  await kubectl(['wait', '-n', namespace, `pod/${name}`, '--for=condition=Ready', '--timeout=300s']);
  const exec = ['exec', '-i', '-n', namespace, name, '--'];
  const run = ['python3', '-B', '/app/shop.py', JSON.stringify(store), '/app'];
  const shop = await Shop.startBy([...kubectlCommand, ...exec, ...run]);
  return {
    shop,
    sh: (script) => kubectl([...exec, 'sh', '-euc', script]),
    [Symbol.asyncDispose]: async () => {
      await shop[Symbol.asyncDispose]();
      await kubectl(['delete', '-n', namespace, `pod/${name}`, '--wait=true']);
    },
  };
}
