import { startCuttingProxy } from './cutting-proxy.ts';
import type { TestMysql } from './mysql.ts';

/** COM_QUERY, COM_STMT_EXECUTE: what the server carries out. */
const statements = new Set([0x03, 0x17]);

/** Calls back at each statement of a client: a packet is its length in three bytes, its number in a row, and the rest. */
function statementCounter(onStatement: () => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 5) {
      const length = 4 + pending.readUIntLE(0, 3);
      if (pending.length < length) return;
      // The log-in's packets have higher numbers.
      if (pending[3] === 0 && statements.has(pending[4] ?? 0)) onStatement();
      pending = pending.subarray(length);
    }
  };
}

/**
 * Stands between a client and the server, in the clear, and calls back when the server answers the n-th statement of a
 * connection and before the client learns of it. Returning `cut` ends the connection there.
 */
export function startMysqlProxy(
  server: Pick<TestMysql, 'host' | 'port'>,
  afterStatement: (n: number) => 'pass' | 'cut',
): Promise<{ readonly port: number } & AsyncDisposable> {
  return startCuttingProxy(server, () => {
    let [sent, answered] = [0, 0];
    const fromClient = statementCounter(() => {
      sent += 1;
    });
    return {
      fromClient,
      fromServer: () => {
        if (sent === answered) return 'pass';
        answered = sent;
        return afterStatement(answered);
      },
    };
  });
}
