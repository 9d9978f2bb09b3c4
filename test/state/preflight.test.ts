import { expect, test } from 'vitest';
import { preflight } from '../../src/state/preflight.ts';
import { eventsOf } from '../../src/status/events-of.ts';
import { preflightStatusOf } from '../../src/status/status-of.ts';
import { directorySpec, observed, options, sessionStore, shelveSpec } from '../builders.ts';

const { pythonRunnerImage: _none, ...withoutPython } = options;

test('a store that needs Python is no obstacle if the operator has the image', () => {
  expect(preflight(observed({ store: sessionStore(shelveSpec) }))).toBeUndefined();
});

test('without that image the sentence says which flag to set, and other stores are worked with', () => {
  const shelf = observed({ store: sessionStore(shelveSpec), options: withoutPython });
  expect(preflight(shelf)).toEqual({
    reason: 'NoRunnerImage',
    message: expect.stringMatching(/backend shelve;.* set its flag --python-runner-image/),
  });
  expect(preflight(observed({ store: sessionStore(directorySpec), options: withoutPython }))).toBeUndefined();
});

test('an unreadable spec is reported before anything else', () => {
  const store = sessionStore({ ...shelveSpec, layout: 'of-tomorrow' });
  expect(preflight(observed({ store, options: withoutPython }))).toMatchObject({ reason: 'InvalidSpec' });
});

test('an obstacle is reported once, and again when it changes', () => {
  const store = sessionStore(shelveSpec);
  const status = (reason: 'InvalidSpec' | 'NoRunnerImage') =>
    preflightStatusOf(observed({ store }), { reason, message: 'do this' });
  const [image, spec] = [status('NoRunnerImage'), status('InvalidSpec')];
  const told = { type: 'Warning', reason: 'NoRunnerImage', action: 'Read', note: 'do this' };
  expect(eventsOf(undefined, image)).toEqual([told]);
  expect(eventsOf(image, image)).toEqual([]);
  expect(eventsOf(image, spec)).toMatchObject([{ reason: 'InvalidSpec' }]);
});
