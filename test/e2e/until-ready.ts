/** Before a file with tests on pods: waits for the cluster. That is no part of the time that the file takes. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

const mark = inject('clusterIsReady');
while (!existsSync(mark)) await sleep(100);
const failure = readFileSync(mark, 'utf8');
if (failure !== '') throw new Error(`The cluster could not be prepared: ${failure}`);
