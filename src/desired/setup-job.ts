import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { spentTokensOf } from '../api/spent-tokens.ts';
import { setupJobName } from '../state/child-names.ts';
import { exclusiveClaim, exclusiveClaimAnnotations } from '../state/exclusive-claim.ts';
import { hashOf, specHash } from '../state/hash.ts';
import {
  attemptAnnotation,
  generationAnnotation,
  hashAnnotation,
  ownerReferenceTo,
  templateAnnotation,
} from '../state/labels.ts';
import type { OperatorOptions } from '../state/observed.ts';
import { childAnnotations, childLabels } from './child-labels.ts';
import { podTemplate } from './pod-template.ts';
import { runnerArgs } from './runner-args.ts';

const deadlineSeconds = 3600;

/** Exit codes 64–78 are for a user to fix: no retry. A disruption does not count as a failure. */
export const podFailurePolicy = {
  rules: [
    { action: 'FailJob', onExitCodes: { containerName: 'runner', operator: 'In', values: range(64, 78) } },
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  ],
};

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The Job that provisions the store. It is created once and never changed; a retry is another Job. */
export function setupJob(store: SessionStoreResource, options: OperatorOptions, attempt: number) {
  const hash = specHash(store.spec);
  const template = setupTemplate(store, options);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: setupJobName(store.metadata.name, hash, attempt),
      namespace: store.metadata.namespace,
      labels: childLabels(store, 'setup', options),
      annotations: {
        ...childAnnotations(store, options),
        ...exclusiveClaimAnnotations(store.spec, 'setup', template),
        [hashAnnotation]: hash,
        [attemptAnnotation]: String(attempt),
        [generationAnnotation]: String(store.metadata.generation),
        [templateAnnotation]: hashOf(template),
      },
      ownerReferences: [ownerReferenceTo(store)],
    },
    spec: {
      ...(exclusiveClaim(store.spec, 'setup') !== undefined && { suspend: true }),
      backoffLimit: 2,
      activeDeadlineSeconds: deadlineSeconds,
      podReplacementPolicy: 'Failed',
      podFailurePolicy,
      template,
    },
  };
}

/** The pod template of set-up for the current spec and options: a Job with another template is outdated. */
export function setupTemplate(store: SessionStoreResource, options: OperatorOptions) {
  const spentTokens = [...spentTokensOf(store.status?.setup)];
  const recorded = spentTokens.length > 0 ? { spentTokens } : {};
  const args = runnerArgs(store, 'setup', options, deadlineSeconds, recorded);
  return podTemplate(store, 'setup', args, options);
}
