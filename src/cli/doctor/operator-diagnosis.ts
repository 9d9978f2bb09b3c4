import { sessionStoreCrd } from '../../api/crd.ts';
import { version as apiVersion } from '../../api/group.ts';
import type { ContainerStatus, Pod } from '../../api/kubernetes.ts';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { lastSeen } from '../../state/times.ts';
import { ageOf } from '../age.ts';
import { ruleText } from '../cli-error.ts';
import { operatorContainer } from '../operator-deployments.ts';
import { isOutdated, readinessOf } from '../status/readiness.ts';
import { programVersion } from '../version.ts';
import type { Installation, OperatorFacts } from './operator-facts.ts';
import { differences } from './schema-difference.ts';
import { type Diagnosis, type Step, step } from './step.ts';

function versionStep({ kubernetes }: OperatorFacts): Step {
  const server = kubernetes.state === 'found' ? `, Kubernetes ${kubernetes.value}` : '';
  return step('Version', 'fact', `this program ${programVersion}${server}`);
}

interface OwnCrd {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: unknown };
    }[];
  };
}

function crdStep({ crd, stores }: OperatorFacts): Step {
  const name = 'CRD';
  if (crd.state === 'absent') return step(name, 'bad', 'SessionStores are not installed in this cluster');
  if (crd.state === 'refused')
    return step(name, 'skipped', [
      ...(stores.state === 'found'
        ? [`SessionStores are served as ${apiVersion}; the schema was not compared`]
        : []),
      crd.why,
    ]);
  const installed = crd.value.spec.versions.find((candidate) => candidate.name === apiVersion);
  if (!installed) return step(name, 'bad', `it does not serve ${apiVersion}, the version of this program`);
  const own = (sessionStoreCrd() as unknown as OwnCrd).spec.versions[0]?.schema.openAPIV3Schema;
  const places = differences(installed.schema?.openAPIV3Schema, own);
  if (places.length === 0) return step(name, 'ok', `${apiVersion}, with the schema of this program`);
  const shown = places.slice(0, 5).join(', ');
  const more = places.length > 5 ? ` and ${places.length - 5} more` : '';
  return step(name, 'fact', `another version than this program: ${shown}${more} differ`);
}

function deploymentStep({ deployment }: Installation): Step {
  const { metadata, spec, status } = deployment;
  const wanted = spec.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const image = operatorContainer(deployment)?.image ?? 'unknown';
  const text = `${metadata.namespace}/${metadata.name}: ${ready} of ${wanted} replicas ready, image ${image}`;
  if (wanted === 0) return step('Operator', 'bad', `${text}: it is scaled to no replica`);
  return step('Operator', ready > 0 ? 'ok' : 'bad', text);
}

/** Every container that says more than that it runs: how it ends or waits, and how it ended before. */
function containerTexts({ state, lastState, restartCount = 0 }: ContainerStatus): readonly string[] {
  const reason = state?.waiting?.reason ?? state?.terminated?.reason;
  const last = lastState?.terminated;
  return [
    ...(reason ? [reason] : []),
    ...(restartCount > 0 ? [restartCount === 1 ? 'restarted once' : `restarted ${restartCount} times`] : []),
    ...(last ? [`last ended by ${last.reason ?? 'an unknown reason'}, exit code ${last.exitCode}`] : []),
  ];
}

// Phase Running says little: a container that ends again and again has it, too.
const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

function podText(pod: Pod): string {
  const { phase = 'unknown', containerStatuses = [] } = pod.status ?? {};
  const parts = [phase, ...(isReady(pod) ? [] : ['not ready']), ...containerStatuses.flatMap(containerTexts)];
  return `${pod.metadata.name}: ${parts.join(', ')}`;
}

function podsStep({ pods }: Installation): Step {
  if (pods.state === 'refused') return step('Pods', 'skipped', pods.why);
  const value = pods.state === 'found' ? pods.value : [];
  if (value.length === 0) return step('Pods', 'bad', 'the Deployment has no pod');
  return step('Pods', value.some(isReady) ? 'ok' : 'bad', value.map(podText));
}

function leaderStep({ lease, deployment }: Installation, now: Date): Step {
  const name = 'Leader';
  if (lease.state === 'refused') return step(name, 'skipped', lease.why);
  if (lease.state === 'absent') {
    const isOff = operatorContainer(deployment)?.args?.includes('--leader-elect=false');
    return isOff
      ? step(name, 'fact', 'leader election is off')
      : step(name, 'bad', 'no replica has ever taken the Lease');
  }
  const { holderIdentity, renewTime, leaseDurationSeconds = 15 } = lease.value.spec ?? {};
  if (!holderIdentity || !renewTime) return step(name, 'bad', 'no replica holds the Lease');
  const age = now.getTime() - Date.parse(renewTime);
  const text = `${holderIdentity.split('_')[0]} renewed the Lease ${ageOf(renewTime, now)} ago`;
  return step(name, age < 2000 * leaseDurationSeconds ? 'ok' : 'bad', text);
}

function eventsStep({ events, pods, deployment }: Installation, now: Date): Step {
  if (events.state === 'refused') return step('Events', 'skipped', events.why);
  const objects = [deployment, ...(pods.state === 'found' ? pods.value : [])];
  const uids = new Set(objects.map(({ metadata }) => metadata.uid));
  const warnings = (events.state === 'found' ? events.value : [])
    .filter(({ involvedObject }) => uids.has(involvedObject.uid ?? ''))
    .toSorted((a, b) => lastSeen(b) - lastSeen(a));
  if (warnings.length === 0) return step('Events', 'ok', 'no warning about the operator and its pods');
  return step(
    'Events',
    'fact',
    warnings
      .slice(0, 4)
      .map(
        (event) =>
          `${ageOf(new Date(lastSeen(event)).toISOString(), now)} ago, ${event.reason}: ${event.message}`,
      ),
  );
}

function installationSteps({ installations, now }: OperatorFacts): readonly Step[] {
  if (installations.state === 'refused') return [step('Operator', 'skipped', installations.why)];
  const found = installations.state === 'found' ? installations.value : [];
  if (found.length === 0)
    return [step('Operator', 'bad', 'no Deployment runs the operator in the namespaces that you may see')];
  return found.flatMap((each) => [
    deploymentStep(each),
    podsStep(each),
    leaderStep(each, now),
    eventsStep(each, now),
  ]);
}

/** The operator works if it reconciles: each store has a status of its newest generation. */
function storesStep({ stores }: OperatorFacts): Step {
  const name = 'Stores';
  if (stores.state !== 'found')
    return step(name, 'skipped', stores.state === 'refused' ? stores.why : 'SessionStores are not installed');
  const { value } = stores;
  if (value.length === 0) return step(name, 'fact', 'there is no SessionStore to judge the operator by');
  const behind = value.filter(isOutdated);
  if (behind.length === 0)
    return step(name, 'ok', [
      `status is up to date in ${value.length} of ${value.length}: each newest spec was reconciled`,
      ...notReady(value),
    ]);
  return step(
    name,
    'bad',
    `${behind.length} of ${value.length} have no status of their newest generation: ${namesOf(behind)}`,
  );
}

const namesOf = (stores: readonly SessionStoreResource[]): string =>
  stores
    .slice(0, 5)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    .join(', ');

/** A store that is not Ready is no fault of the operator, but what a person asks next. */
function notReady(stores: readonly SessionStoreResource[]): readonly string[] {
  const found = stores.filter((store) => !readinessOf(store).isReady);
  if (found.length === 0) return [];
  return [`${found.length} are not Ready, and sessionstore doctor NAME says why: ${namesOf(found)}`];
}

function rightsStep({ rights, namespace }: OperatorFacts): Step {
  const lacking = rights.filter(({ isAllowed }) => !isAllowed);
  if (lacking.length === 0)
    return step('Rights', 'ok', `you have those of all commands in namespace ${namespace}`);
  return step('Rights', 'fact', [
    `in namespace ${namespace} you lack some; a Role with these rules permits them:`,
    ...lacking.map(({ commands, rule }) => `${commands}: ${ruleText(rule)}`),
  ]);
}

const hidden =
  'its metrics and probes, which it serves inside the cluster only: kubectl port-forward reaches them';

/** How the operator is, as far as a person may see. */
export function diagnosisOfOperator(facts: OperatorFacts): Diagnosis {
  const steps = [
    versionStep(facts),
    crdStep(facts),
    ...installationSteps(facts),
    storesStep(facts),
    rightsStep(facts),
  ];
  return {
    title: 'Session store operator',
    steps,
    advice: [{ label: 'Not looked at', text: hidden }],
  };
}
