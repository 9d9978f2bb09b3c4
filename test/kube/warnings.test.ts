import { expect, test } from 'vitest';
import type { KubeEvent } from '../../src/api/kubernetes.ts';
import { Warnings } from '../../src/kube/warnings.ts';

const minute = (n: number) => new Date(Date.UTC(2026, 10, 20, 10, n)).toISOString();

function warning(uid: string | undefined, message: string, rest: Partial<KubeEvent> = {}): KubeEvent {
  const metadata = { name: message, namespace: 'shop', uid: message, resourceVersion: '1' };
  return {
    metadata: { ...metadata, creationTimestamp: minute(0) },
    involvedObject: uid === undefined ? {} : { uid },
    reason: 'FailedCreate',
    message,
    ...rest,
  };
}

const messagesAbout = (warnings: Warnings, uid: string) => warnings.about(uid).map(({ message }) => message);

test('of each reason the newest warning counts, in whatever order they come', () => {
  const warnings = new Warnings();
  warnings.put(warning('job', 'quota', { lastTimestamp: minute(2) }));
  warnings.put(warning('job', 'earlier', { lastTimestamp: minute(1) }));
  warnings.put(warning('job', 'mount', { reason: 'FailedMount' }));
  expect(messagesAbout(warnings, 'job')).toEqual(['quota', 'mount']);
  warnings.put(warning('job', 'later', { eventTime: minute(3), lastTimestamp: null }));
  expect(messagesAbout(warnings, 'job')).toEqual(['later', 'mount']);
});

test('an object without warnings has none', () => {
  const warnings = new Warnings();
  warnings.put(warning(undefined, 'about nothing'));
  expect(warnings.about('job')).toEqual([]);
});

test('the objects that were warned about longest ago are forgotten', () => {
  const warnings = new Warnings();
  for (let i = 0; i < 2000; i += 1) warnings.put(warning(`job-${i}`, 'refused'));
  warnings.put(warning('job-0', 'refused again', { lastTimestamp: minute(1) }));
  warnings.put(warning('one-more', 'refused'));
  expect(messagesAbout(warnings, 'job-0')).toEqual(['refused again']);
  expect(warnings.about('job-1')).toEqual([]);
  expect(messagesAbout(warnings, 'job-2')).toEqual(['refused']);
  expect(messagesAbout(warnings, 'one-more')).toEqual(['refused']);
});
