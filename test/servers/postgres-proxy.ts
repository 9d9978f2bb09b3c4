import { startCuttingProxy } from './cutting-proxy.ts';
import type { TestPostgres } from './postgres.ts';

/** Counts the server's ReadyForQuery messages; a message is a letter, its length in four bytes, and the rest. */
function readyCounter(onReady: () => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 5) {
      const length = 1 + pending.readUInt32BE(1);
      if (pending.length < length) return;
      if (pending[0] === 'Z'.charCodeAt(0)) onReady();
      pending = pending.subarray(length);
    }
  };
}

/**
 * Stands between a client and PostgreSQL, in the clear, and calls back when the server has carried out the n-th
 * statement of a connection and before the client learns of it. Returning `cut` ends the connection there.
 */
export function startProxy(
  postgres: Pick<TestPostgres, 'host' | 'port'>,
  afterStatement: (n: number) => 'pass' | 'cut',
): Promise<{ readonly port: number } & AsyncDisposable> {
  return startCuttingProxy(postgres, () => {
    // The log-in ends with the first ReadyForQuery.
    let statements = -1;
    let isCut = false;
    const count = readyCounter(() => {
      statements += 1;
      if (statements > 0 && afterStatement(statements) === 'cut') isCut = true;
    });
    return {
      fromServer: (chunk) => {
        count(chunk);
        return isCut ? 'cut' : 'pass';
      },
    };
  });
}
