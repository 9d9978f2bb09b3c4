import type { Session } from '../session-store.ts';
import { StoreError } from '../store-error.ts';

/** Number of sessions in memory while all are read. */
export const pageSize = 100;

/** A session as drivers return it. */
export interface SessionRow {
  readonly id: Uint8Array | string | number;
  readonly payload: Uint8Array | string;
}

/** The payload; of a text or JSON column, its text in UTF-8. */
export const bytesOf = (payload: Uint8Array | string): Uint8Array =>
  typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;

const textOf = (id: SessionRow['id']): string =>
  id instanceof Uint8Array ? Buffer.from(id).toString('utf8') : String(id);

/** Throws InvalidInput for an id that no server stores, or that is `wrong` for this one. */
export function checkedId(id: string, server: string, wrong: string | undefined): string {
  const problem = id === '' ? 'is empty' : id.isWellFormed() ? wrong : 'is not well-formed text';
  if (problem === undefined) return id;
  throw new StoreError(
    'InvalidInput',
    `Expected a session's id that ${server} can store; got ${JSON.stringify(id.slice(0, 64))}, which ${problem}`,
  );
}

/** Every session, page by page: no transaction is open while the caller works. `read`: the page after a row. */
export async function* sessionsIn<Row extends SessionRow>(
  read: (last: Row | undefined) => Promise<readonly Row[]>,
  idOf: (id: string) => string = (id) => id,
): AsyncGenerator<Session> {
  let last: Row | undefined;
  do {
    const rows = await read(last);
    for (const { id, payload } of rows) yield [idOf(textOf(id)), bytesOf(payload)];
    last = rows.length === pageSize ? rows.at(-1) : undefined;
  } while (last !== undefined);
}
