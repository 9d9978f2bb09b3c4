import { expect, test } from 'vitest';
import { freePort } from '../../scripts/cluster/free-port.ts';

test('a port that was given is not given again, though no program listens on it yet', async () => {
  const port = await freePort();
  await expect(freePort(() => port)).rejects.toThrow(/^Found no free port/);
});
