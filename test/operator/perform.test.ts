import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Contests } from '../../src/operator/contests.ts';
import { performAll } from '../../src/operator/perform.ts';
import type { ReconcileContext } from '../../src/operator/reconcile.ts';
import { finishedSetup, observed, sessionStore, setupResult } from '../builders.ts';

test('the log names the object of each write', async () => {
  const said: object[] = [];
  const log = pino({}, { write: (line: string) => said.push(JSON.parse(line)) });
  const { job } = finishedSetup(sessionStore(), setupResult());
  const writer = { expireJob: async () => undefined };
  const context = { writer, contests: new Contests(), log } as unknown as ReconcileContext;
  await performAll([{ kind: 'expireJob', job, ttlSeconds: 60 }], observed(), [], context);
  expect(said).toMatchObject([{ action: 'expireJob', object: `Job ${job.metadata.name}`, msg: 'wrote' }]);
});
