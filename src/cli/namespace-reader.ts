import type { ApiServer } from '../kube/api-server.ts';
import { allOf } from '../kube/list.ts';
import { pathsOf } from '../kube/paths.ts';
import { tryRead } from './read-result.ts';

const right = (apiGroup: string, resource: string, verb: string, name?: string) => ({
  apiGroups: [apiGroup],
  resources: [resource],
  verbs: [verb],
  ...(name !== undefined && { resourceNames: [name] }),
});

/** Asks about the objects of one namespace. */
export class NamespaceReader {
  readonly #server: ApiServer;
  readonly #namespace: string;

  constructor(server: ApiServer, namespace: string) {
    this.#server = server;
    this.#namespace = namespace;
  }

  #path(group: string, resource: string, name?: string): string {
    return pathsOf(group === '' ? '/api/v1' : `/apis/${group}/v1`, resource)(this.#namespace, name);
  }

  list<T>(what: string, group: string, resource: string, selector: Readonly<Record<string, string>>) {
    const namespace = this.#namespace;
    const rule = right(group, resource, 'list');
    return tryRead(allOf<T>(this.#server, this.#path(group, resource), selector), { what, namespace, rule });
  }

  get<T>(what: string, group: string, resource: string, name: string, project: (object: unknown) => T) {
    const rule = right(group, resource, 'get', name);
    const read = this.#server
      .request<unknown>({ method: 'GET', path: this.#path(group, resource, name) })
      .then(project);
    return tryRead(read, { what, namespace: this.#namespace, rule });
  }
}
