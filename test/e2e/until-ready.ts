/**
 * Before a file with tests on pods: waits for the cluster, and until no other file has the operator for itself; one that
 * needs the operator for itself, until no other file uses the cluster. That is no part of the time that the file takes.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, inject } from 'vitest';
import { lock } from '../../scripts/cluster/lock.ts';
import { stateDirectory } from '../../scripts/cluster/paths.ts';

const mark = inject('clusterIsReady');
while (!existsSync(mark)) await sleep(100);
const failure = readFileSync(mark, 'utf8');
if (failure !== '') throw new Error(`The cluster could not be prepared: ${failure}`);

const { testPath = '' } = expect.getState();
const kind = testPath.endsWith('.alone.e2e.test.ts') ? 'exclusive' : 'shared';
// The first hook to be registered is the last to run: those of the file have put the operator back by then.
afterAll(await lock(path.join(stateDirectory, 'operator.lock'), kind));
