import { expect, test } from 'vitest';
import { startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { ApiClient, createNamespace, installCrd } from '../api-client.ts';
import { cliOutcome } from './fake-terminal.ts';

test('where SessionStores are unknown, the command says that the operator is not installed; a name that does not exist is said', async () => {
  const controlPlane = await startControlPlane();
  const api = new ApiClient(controlPlane);
  const suspend = () =>
    cliOutcome(['suspend', 'shop', '-n', 'shop', '--kubeconfig', controlPlane.kubeconfig]);
  try {
    await createNamespace(api, 'shop');
    expect(await suspend()).toMatchObject({
      exitCode: 69,
      stderr: expect.stringContaining('the operator is not installed in this cluster'),
    });
    await installCrd(api);
    expect(await suspend()).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining('found none named "shop"'),
    });
  } finally {
    await api.close();
    await controlPlane.stop();
  }
});
