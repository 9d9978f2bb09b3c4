import { describe, expect, test } from 'vitest';
import { podTemplate } from '../../src/desired/pod-template.ts';
import { annotationPattern, annotationProblem } from '../../src/state/annotations.ts';
import { preflight } from '../../src/state/preflight.ts';
import { observed, options, postgresSpec, sessionStore } from '../builders.ts';

const problem = (annotations: Record<string, string>, ...allowed: string[]) =>
  annotationProblem('spec.pod.annotations', annotations, allowed);

describe('annotations of pods', () => {
  test.each<[string, string]>([
    ['sidecar.istio.io/inject', 'false'],
    ['linkerd.io/inject', 'disabled'],
    ['cluster-autoscaler.kubernetes.io/safe-to-evict', 'true'],
  ])('that keep something away need no permission: %s=%s', (key, value) => {
    expect(problem({ [key]: value })).toBeUndefined();
  });

  test.each<[string, string]>([
    ['sidecar.istio.io/proxyImage', 'evil.example/image:1'],
    ['sidecar.istio.io/inject', 'true'],
    ['vault.hashicorp.com/agent-inject', 'true'],
    ['container.apparmor.security.beta.kubernetes.io/runner', 'unconfined'],
    ['constructor', 'x'],
    ['', 'x'],
  ])('that an injector reads are refused by name, with the flag that allows them: %s=%s', (key, value) => {
    expect(problem({ 'linkerd.io/inject': 'disabled', [key]: value })).toContain(
      `does not pass on ${key}${key === 'sidecar.istio.io/inject' || key.startsWith('vault') ? ' with another value than false' : ''}, because`,
    );
    expect(problem({ [key]: value })).toContain(`--allow-pod-annotations=${key}`);
  });

  test.each<[string, string, boolean]>([
    ['example.com/team', 'example.com/team', true],
    ['example.com/*', 'example.com/team', true],
    ['example.com/*', 'example.com.evil/team', false],
    ['example.com/*', 'example.com', false],
    ['example.com/team', 'example.com/team2', false],
    ['team', 'team', true],
    ['*', 'anything.example/at-all', true],
  ])('the flag %s on %s: %s', (pattern, key, isAllowed) => {
    expect(annotationPattern.test(pattern)).toBe(true);
    expect(problem({ [key]: 'x' }, pattern) === undefined).toBe(isAllowed);
  });

  test.each(['', 'exa*', '*/x', 'a/b/c', 'a/*/c', 'a b', '/x', 'example.com/'])(
    'the flag %j is not a pattern',
    (pattern) => {
      expect(annotationPattern.test(pattern)).toBe(false);
    },
  );

  test('that are refused keep the operator from working with the store, until its flag allows them', () => {
    const annotations = { 'sidecar.istio.io/proxyImage': 'evil.example/image:1' };
    const store = sessionStore({ ...postgresSpec, pod: { annotations } });
    expect(preflight(observed({ store }))).toEqual({
      reason: 'InvalidSpec',
      message: expect.stringMatching(/--allow-pod-annotations=sidecar\.istio\.io\/proxyImage$/),
    });
    const allowing = { ...options, allowedAnnotations: ['sidecar.istio.io/*'] };
    expect(preflight(observed({ store, options: allowing }))).toBeUndefined();
    expect(podTemplate(store, 'setup', [], allowing)).toMatchObject({ metadata: { annotations } });
  });
});
