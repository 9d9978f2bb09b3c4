import { z } from 'zod';

/** The name of a Kubernetes object (a DNS subdomain, RFC 1123). */
export const kubernetesName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

/** Labels to select by; bounded, as every map must be for the API server's cost budget. */
export const labelMap = z.record(z.string().max(317), z.string().max(63)).meta({ maxProperties: 16 });
