import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ApiError } from '../../src/kube/api-error.ts';
import type { ApiServer } from '../../src/kube/api-server.ts';
import { EventRecorder, firstBytes } from '../../src/kube/event-recorder.ts';
import { sessionStore } from '../builders.ts';

test.each([
  ['kurz', 10, 'kurz'],
  ['ärger', 3, 'är'],
  ['ärger', 1, ''],
  ['a€b', 3, 'a'],
  ['a€b', 4, 'a€'],
  ['😀😀', 7, '😀'],
])('of %s fits in %i bytes: %s', (text, count, expected) => expect(firstBytes(text, count)).toBe(expected));

test.each([
  ['a namespace that is being deleted is no warning', true, 'debug'],
  ['any other reason is a warning', false, 'warn'],
])('an event that is refused for %s', async (_title, isNamespaceTerminating, level) => {
  const said: string[] = [];
  const log = pino(
    { level: 'debug', formatters: { level: (label) => ({ level: label }) } },
    { write: (line: string) => said.push(JSON.parse(line).level) },
  );
  const refusal = new ApiError(403, 'Forbidden', 'unable to create new content', { isNamespaceTerminating });
  const server = { request: () => Promise.reject(refusal) } as unknown as ApiServer;
  const recorder = new EventRecorder(server, 'operator-1', log);
  const event = { type: 'Normal', reason: 'Provisioning', action: 'SetUp', note: 'set-up runs' } as const;
  recorder.emit(sessionStore(), event);
  await recorder.drained();
  expect(said).toEqual([level]);
});
