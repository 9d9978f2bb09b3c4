import { z } from 'zod';

/** The name of a Kubernetes object (a DNS subdomain, RFC 1123). */
export const kubernetesName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** The name of a namespace. */
export const namespaceName = z.string().min(1).max(63).regex(dnsLabel);

/** Names of children are made from a SessionStore's name: crd.ts has the rule. */
export const storeName = z.string().min(1).max(44).regex(dnsLabel);

const keyPattern =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;

/** The key of a label or an annotation: a name, optionally after the domain of its owner. */
export const labelKey = z.string().max(253).regex(keyPattern);

export const labelValue = z
  .string()
  .max(63)
  .regex(/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/);

/** Checks of the API server on the keys of labels and annotations. */
export const labelRules = [
  {
    rule: `self.all(key, key.size() <= 253 && key.matches('${keyPattern.source.replaceAll('\\/', '/').replaceAll('\\', '\\\\')}'))`,
    message:
      'keys must be label keys: a name of at most 63 characters, after a domain and a slash or by itself',
  },
];

/** Labels; bounded, as every map must be for the API server's cost budget. */
export const labelMap = z.record(labelKey, labelValue).meta({
  maxProperties: 16,
  'x-kubernetes-validations': labelRules,
});
