import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * The response of a program in its own process to an order; throws if the program ends without one. `enough`: told to
 * the program once it resolves.
 */
export async function answerOf<Answer>(
  program: string,
  order: object,
  { execArgv = [], enough }: { readonly execArgv?: string[]; readonly enough?: Promise<void> } = {},
): Promise<Answer> {
  const child = fork(program, { execArgv });
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`Expected an answer of ${program}; it ended with ${code}`);
  });
  child.send(order);
  void enough?.then(() => child.connected && child.send('enough'));
  const answered = once(child, 'message').then(([answer]) => answer as Answer);
  const answer = await Promise.race([answered, exited]);
  // It has answered: that it ends is no failure any more.
  await exited.catch(() => undefined);
  return answer;
}
