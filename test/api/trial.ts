import { startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { apiVersion, kind } from '../../src/api/group.ts';
import { ApiClient, installCrd, storePath } from '../api-client.ts';

export const manifest = (spec: unknown, name = 'web') => ({ apiVersion, kind, metadata: { name }, spec });

/** A real API server that has the CRD, and what it says to manifests. */
export interface Trial extends AsyncDisposable {
  readonly api: ApiClient;
  /** The reason why the API server refuses a manifest; undefined if it accepts the manifest. Stores no object. */
  refusal(spec: unknown, name?: string): Promise<string | undefined>;
  /** Why it refuses the change of a store from one spec to another. */
  changeRefusal(from: unknown, to: unknown): Promise<string | undefined>;
}

export async function startTrial(): Promise<Trial> {
  const controlPlane = await startControlPlane();
  const api = new ApiClient(controlPlane);
  await installCrd(api);
  return {
    api,
    refusal: async (spec, name) => {
      const path = `${storePath('default')}?dryRun=All&fieldValidation=Strict`;
      const { status, body } = await api.request('POST', path, manifest(spec, name));
      return status === 201 ? undefined : body.message;
    },
    changeRefusal: async (from, to) => {
      const metadata = { generateName: 'change-' };
      const created = await api.must('POST', storePath('default'), { ...manifest(from), metadata });
      const path = storePath('default', created.metadata.name);
      const { status, body } = await api.request('PUT', path, { ...created, spec: to });
      await api.must('DELETE', path);
      return status === 200 ? undefined : body.message;
    },
    [Symbol.asyncDispose]: async () => {
      await api.close();
      await controlPlane.stop();
    },
  };
}
