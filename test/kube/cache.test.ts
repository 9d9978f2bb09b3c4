import { beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject, Metadata } from '../../src/api/kubernetes.ts';
import { Cache } from '../../src/kube/cache.ts';

let changes: string[];
let cache: Cache<KubeObject>;

beforeEach(() => {
  changes = [];
  cache = new Cache(({ metadata }) => changes.push(`${metadata.name}@${metadata.resourceVersion}`));
});

function object(name: string, resourceVersion: string, rest: Partial<Metadata> = {}): KubeObject {
  const creationTimestamp = '2026-11-20T10:00:00Z';
  return {
    metadata: { name, namespace: 'shop', uid: `${name}-uid`, resourceVersion, creationTimestamp, ...rest },
  };
}

const ownedBy = (uid: string) => ({ ownerReferences: [{ apiVersion: 'v1', kind: 'Owner', name: 'o', uid }] });
const versionOf = (key: string) => cache.get(key)?.metadata.resourceVersion;

describe('the result of a write', () => {
  test('is stored, and the report of its version is an echo once', () => {
    cache.recordWrite(object('web', '10'));
    expect(versionOf('shop/web')).toBe('10');
    expect(cache.isEcho('10')).toBe(true);
    expect(cache.isEcho('10')).toBe(false);
    expect(cache.isEcho('11')).toBe(false);
  });

  test('that the watch reported before its response came has no echo', () => {
    cache.put(object('web', '10'));
    cache.recordWrite(object('web', '10'));
    expect(cache.isEcho('10')).toBe(false);
    expect(changes).toEqual(['web@10']);
  });

  test('changes silently if no decision depends on it', () => {
    cache.recordWrite(object('web', '10'));
    cache.recordWrite(object('web', '11'), false);
    expect(versionOf('shop/web')).toBe('11');
    expect(changes).toEqual(['web@10']);
  });

  test('is an echo while a newer version is stored, and none after the object was removed', () => {
    cache.recordWrite(object('web', '10'));
    cache.put(object('web', '12'));
    expect(cache.isEcho('10')).toBe(true);
    cache.recordWrite(object('web', '13'));
    cache.remove(object('web', '11'));
    expect(cache.isEcho('13')).toBe(false);
  });

  test('has no echo after a backup was restored, nor after many later writes', () => {
    cache.recordWrite(object('web', '10'));
    cache.clear();
    cache.put(object('web', '10'));
    expect(cache.isEcho('10')).toBe(false);
    for (let version = 11; version <= 1011; version += 1) cache.recordWrite(object('web', String(version)));
    expect(cache.isEcho('11')).toBe(false);
    expect(cache.isEcho('12')).toBe(true);
  });
});

describe('put', () => {
  test('an older version, and the same one again, are dropped and tell nobody', () => {
    cache.put(object('web', '10'));
    cache.put(object('web', '9'));
    cache.put(object('web', '10'));
    expect(versionOf('shop/web')).toBe('10');
    expect(changes).toEqual(['web@10']);
  });

  test('a newer object of another uid takes the place of the one that was', () => {
    cache.put(object('web', '10', ownedBy('first')));
    cache.put(object('web', '12', { uid: 'another', ...ownedBy('second') }));
    expect(cache.get('shop/web')?.metadata.uid).toBe('another');
    expect(cache.ownedBy('first')).toEqual([]);
    expect(cache.size).toBe(1);
  });

  test('late news of the object that was does not take the place of the one that came after it', () => {
    cache.put(object('web', '12', { uid: 'another' }));
    cache.put(object('web', '11'));
    cache.remove(object('web', '11'));
    expect(cache.get('shop/web')?.metadata.uid).toBe('another');
  });

  test('the response to a write does not bring the object back after the deletion was reported', () => {
    cache.put(object('web', '10'));
    cache.remove(object('web', '12'));
    cache.put(object('web', '11'));
    expect(cache.get('shop/web')).toBeUndefined();
    expect(changes).toEqual(['web@10', 'web@12']);
  });

  test('an object that lost our label, which a watch tells as a deletion, comes back as soon as it is seen', () => {
    cache.put(object('web', '10'));
    cache.remove(object('web', '12'));
    cache.put(object('web', '12'));
    expect(versionOf('shop/web')).toBe('12');
  });
});

describe('remove', () => {
  test('reports the last state, once', () => {
    cache.put(object('web', '10'));
    cache.remove(object('web', '11'));
    cache.remove(object('web', '11'));
    expect(changes).toEqual(['web@10', 'web@11']);
    expect(cache.size).toBe(0);
  });

  test('leaves another object of the name alone', () => {
    cache.put(object('web', '12', { uid: 'another' }));
    cache.remove(object('web', '11'));
    expect(cache.get('shop/web')?.metadata.uid).toBe('another');
  });
});

describe('replace', () => {
  test('objects that a list lacks were deleted without an event', () => {
    cache.put(object('web', '10'));
    cache.put(object('wiki', '11'));
    cache.replace([object('wiki', '11')], '20');
    expect([...cache.values()].map(({ metadata }) => metadata.name)).toEqual(['wiki']);
    expect(changes.at(-1)).toBe('web@10');
  });

  test('a list of one namespace says nothing of another', () => {
    cache.put(object('web', '10'));
    cache.put(object('web', '11', { namespace: 'blog', uid: 'blog-uid' }));
    cache.replace([], '20', 'blog');
    expect(cache.get('blog/web')).toBeUndefined();
    expect(versionOf('shop/web')).toBe('10');
  });

  test('objects that were written after the list stay', () => {
    cache.put(object('new', '21'));
    cache.put(object('web', '22'));
    cache.replace([object('web', '15')], '20');
    expect(versionOf('shop/new')).toBe('21');
    expect(versionOf('shop/web')).toBe('22');
  });

  test('an object of another uid than the list found is gone, and the one it found is there', () => {
    cache.put(object('web', '10', ownedBy('owner')));
    cache.replace([object('web', '15', { uid: 'another', ...ownedBy('owner') })], '20');
    expect(cache.ownedBy('owner').map(({ metadata }) => metadata.uid)).toEqual(['another']);
  });

  test('objects that a list found deleted stay deleted', () => {
    cache.put(object('web', '10'));
    cache.replace([], '20');
    cache.put(object('web', '15'));
    expect(cache.get('shop/web')).toBeUndefined();
  });
});

describe('owners', () => {
  test('objects are found by each of their owners, as long as they have them', () => {
    cache.put(object('a', '1', ownedBy('owner')));
    cache.put(object('b', '2', ownedBy('owner')));
    expect(cache.ownedBy('owner').map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    cache.put(object('a', '3', ownedBy('adopter')));
    cache.remove(object('b', '4'));
    expect(cache.ownedBy('owner')).toEqual([]);
    expect(cache.ownedBy('adopter').map(({ metadata }) => metadata.name)).toEqual(['a']);
  });
});
