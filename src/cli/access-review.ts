import { isApiError } from '../kube/api-error.ts';
import type { ApiServer } from '../kube/api-server.ts';
import { missingRight, type Rule } from './cli-error.ts';

/** A right that a command needs, with the words of the act that it permits. */
export interface Right {
  readonly what: string;
  readonly rule: Rule;
}

/** True if the API server says that the person has every verb of the rule in the namespace. */
export async function hasRight(server: ApiServer, namespace: string, { rule }: Right): Promise<boolean> {
  const reviews = rule.verbs.flatMap((verb) =>
    rule.resources.flatMap((resource) =>
      rule.apiGroups.map((group) => {
        const [name, subresource] = resource.split('/');
        return { namespace, verb, group, resource: name, ...(subresource && { subresource }) };
      }),
    ),
  );
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const answers = await Promise.all(
    reviews.map((resourceAttributes) =>
      server
        .request<{ readonly status: { readonly allowed: boolean } }>({
          method: 'POST',
          path,
          body: {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SelfSubjectAccessReview',
            spec: { resourceAttributes },
          },
        })
        // Where reviews are refused, the act itself shows whether it is permitted.
        .catch((error: unknown) => {
          if (isApiError(error, 403)) return { status: { allowed: true } };
          throw error;
        }),
    ),
  );
  return answers.every(({ status }) => status.allowed);
}

/** Throws the error of the first right that the person lacks, before the command has changed anything. */
export async function requireRights(
  server: ApiServer,
  namespace: string,
  rights: readonly Right[],
): Promise<void> {
  const answers = await Promise.all(rights.map((right) => hasRight(server, namespace, right)));
  const lacking = rights.find((_, at) => !answers[at]);
  if (lacking) throw missingRight(lacking.what, namespace, lacking.rule);
}
