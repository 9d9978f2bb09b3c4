import { visible } from '../../api/visible.ts';
import { ageOf } from '../age.ts';
import type { Field } from '../fields.ts';
import type { ReadResult } from '../read-result.ts';
import { docsOf, remedyOf } from '../remedies.ts';
import { readinessOf } from '../status/readiness.ts';
import { cronJobStep, eventsStep, jobStep, podStep } from './run-steps.ts';
import { type Diagnosis, type Step, step } from './step.ts';
import type { ClaimFacts, SecretFacts, StoreFacts } from './store-facts.ts';

function conditionStep({ store, now }: StoreFacts): Step {
  const { isReady, reason, message, since } = readinessOf(store);
  const duration = since === undefined ? '' : ` for ${ageOf(since, now)}`;
  if (isReady) return step('Ready', 'ok', `yes${duration}`);
  return step('Ready', 'bad', [`no, ${reason}${duration}`, message]);
}

/** Last lines of the log of the run's newest pod, a foreign text. */
function logStep({ jobs, pods }: StoreFacts, log: ReadResult<readonly string[]> | undefined): Step {
  // Without Jobs or pods, no run was looked for.
  const unseen = [jobs, pods].find(({ state }) => state === 'refused');
  if (log === undefined && unseen?.state === 'refused') return step('Log', 'skipped', unseen.why);
  if (log === undefined) return step('Log', 'fact', 'no pod is kept that has run');
  if (log.state === 'refused') return step('Log', 'skipped', log.why);
  if (log.state === 'absent' || log.value.length === 0)
    return step('Log', 'fact', 'the log is empty or gone');
  return step('Log', 'fact', log.value.map(visible));
}

const readOnce = 'their values were dropped unseen';

/** The keys that a connection needs: each group by one of its names, or all in a uri. */
const needed = [['host'], ['username', 'user'], ['database', 'dbname']] as const;

function secretStep({ name, keys }: SecretFacts): Step {
  if (keys.state === 'refused') return step('Secret', 'skipped', keys.why);
  if (keys.state === 'absent')
    return step('Secret', 'bad', `Secret ${name} does not exist in this namespace`);
  const has = (key: string) => keys.value.includes(key);
  const lacks = has('uri') ? [] : needed.filter((group) => !group.some(has));
  const found = `${name} has the keys ${keys.value.join(', ') || '(no key)'}; ${readOnce}`;
  if (lacks.length === 0) return step('Secret', 'ok', found);
  const missing = lacks.map((group) => group.join(' or ')).join(', ');
  return step('Secret', 'bad', [found, `It lacks uri, or instead of it ${missing}`]);
}

function claimStep({ name, phase }: ClaimFacts): Step {
  if (phase.state === 'refused') return step('Claim', 'skipped', phase.why);
  if (phase.state === 'absent') return step('Claim', 'bad', `claim ${name} does not exist in this namespace`);
  if (phase.value === 'Bound') return step('Claim', 'ok', `${name} is bound to a volume`);
  // A claim of a storage class with WaitForFirstConsumer stays Pending until a pod has a node.
  return step('Claim', phase.value === 'Lost' ? 'bad' : 'fact', `${name} is ${phase.value}`);
}

/** Why a store is or is not Ready, from its condition down to what its run needs. */
export function diagnosisOfStore(facts: StoreFacts, log?: ReadResult<readonly string[]>): Diagnosis {
  const { store, secrets, claim } = facts;
  const { name, namespace } = store.metadata;
  const { isReady, reason } = readinessOf(store);
  return {
    title: `SessionStore ${name} in namespace ${namespace}`,
    steps: [
      conditionStep(facts),
      jobStep(facts, 'setup'),
      ...cronJobStep(facts),
      ...(store.spec.cleanup ? [jobStep(facts, 'cleanup')] : []),
      podStep(facts),
      eventsStep(facts, isReady),
      logStep(facts, log),
      ...secrets.map(secretStep),
      ...(claim ? [claimStep(claim)] : []),
    ],
    advice: isReady ? [] : adviceOn(reason),
  };
}

function adviceOn(reason: string): readonly Field[] {
  const remedy = remedyOf(reason);
  const docs = docsOf(reason);
  return [
    ...(remedy === undefined ? [] : [{ label: 'Remedy', text: remedy }]),
    ...(docs === undefined ? [] : [{ label: 'Docs', text: docs }]),
  ];
}
