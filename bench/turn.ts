/**
 * Clean-up is held for half a second and let work for half a second in turns, by the clock that all processes of a
 * machine share: what else the machine is doing then meets both alike.
 */
export type Turn = 'alone' | 'meanwhile';

const turnMs = 500;
/** Time that a step may take which began in the turn before. */
const settlingMs = 60;

export const turnAt = (ms: number): Turn => (Math.floor(ms / turnMs) % 2 === 0 ? 'alone' : 'meanwhile');

/** The turn that a request from one instant to another counts for: 'alone' only if clean-up could not meet it. */
export function turnOf(from: number, to: number): Turn | undefined {
  const isAlone = turnAt(from) === 'alone' && turnAt(to) === 'alone' && to - from < turnMs;
  if (!isAlone) return 'meanwhile';
  return from % turnMs >= settlingMs ? 'alone' : undefined;
}
