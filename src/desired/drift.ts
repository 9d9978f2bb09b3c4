import { isJsonObject, type JsonObject } from '../api/parsed-json.ts';

/**
 * Compares the sent object with the existing one. The API server writes some values in another form (a CPU of 1000m
 * reads back as 1, a false may vanish) and adds defaults; neither is a difference.
 */

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === 0 ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isJsonObject(value) && Object.keys(value).length === 0);

const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a quantity stands for; as in the API server, at most 2⁶³. */
function quantity(value: unknown): number | undefined {
  const match = /^([0-9.]+)(?:[eE]([0-9]{1,2})|([numkMGTPE]|[KMGTPE]i|))$/.exec(String(value));
  const factor = match?.[2] === undefined ? factors[match?.[3] ?? ''] : 10 ** Number(match[2]);
  return match && factor !== undefined ? Math.min(Number(match[1]) * factor, 2 ** 63) : undefined;
}

const sameQuantity = (a: unknown, b: unknown): boolean => {
  const [left, right] = [quantity(a), quantity(b)];
  return left !== undefined && right !== undefined && Math.abs(left - right) < 1e-9 * Math.max(left, 1);
};

/** True if everything that was sent exists unchanged. Additional fields do not count. */
export function contains(live: unknown, desired: unknown, path = ''): boolean {
  if (isEmpty(desired) && isEmpty(live)) return true;
  if (Array.isArray(desired)) {
    return (
      Array.isArray(live) &&
      live.length === desired.length &&
      desired.every((item, index) => contains(live[index], item, path))
    );
  }
  if (isJsonObject(desired)) {
    return (
      isJsonObject(live) &&
      Object.entries(desired).every(([key, value]) => contains(live[key], value, `${path}.${key}`))
    );
  }
  return live === desired || (path.includes('.resources.') && sameQuantity(live, desired));
}

/** Fields that the API server adds to a pod's spec and to a container. */
const podDefaults = new Set(['dnsPolicy', 'schedulerName', 'serviceAccount', 'securityContext']);
const containerDefaults = new Set([
  'terminationMessagePath',
  'terminationMessagePolicy',
  'imagePullPolicy',
  'resources',
]);

const foreignKeys = (
  live: JsonObject,
  desired: JsonObject,
  defaults: ReadonlySet<string>,
): readonly string[] =>
  Object.keys(live).filter((key) => !(key in desired) && !defaults.has(key) && !isEmpty(live[key]));

const listOf = (spec: JsonObject, key: string): readonly JsonObject[] =>
  Array.isArray(spec[key]) ? (spec[key] as JsonObject[]) : [];

/**
 * Fields, containers and volumes that another client added to a pod's spec. An apply would leave them, because another
 * manager owns them.
 */
export function foreignParts(live: JsonObject, desired: JsonObject): readonly string[] {
  const named = (key: string) => new Set(listOf(desired, key).map((item) => item['name']));
  const foreignItems = ['containers', 'volumes'].flatMap((key) =>
    listOf(live, key).flatMap((item) =>
      named(key).has(item['name']) ? [] : [`${key}/${String(item['name'])}`],
    ),
  );
  const insideContainers = listOf(desired, 'containers').flatMap((own) => {
    const match = listOf(live, 'containers').find((item) => item['name'] === own['name']);
    return match
      ? foreignKeys(match, own, containerDefaults).map((key) => `containers/${String(own['name'])}.${key}`)
      : [];
  });
  return [...foreignKeys(live, desired, podDefaults), ...foreignItems, ...insideContainers];
}
