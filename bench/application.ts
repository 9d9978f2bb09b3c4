/**
 * An application in a process of its own: four users load and touch live sessions, 5 ms apart. The first message says
 * where; it answers once they are at work. From the second message to the third it notes latencies, and answers with
 * their p99 in each turn.
 */
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { quantile } from './measure.ts';
import { type Turn, turnOf } from './turn.ts';

interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** How many there are: the number of each tenth one makes the id of a live one. */
  readonly sessions: number;
}

export type ApplicationOptions =
  | (ServerAddress & { readonly kind: 'postgres' | 'mysql' })
  | { readonly kind: 'directory'; readonly folder: string };

/** Durations of the requests of one turn. */
export interface Felt {
  readonly requests: number;
  /** Milliseconds. */
  readonly p99: number;
}

type Latencies = Readonly<Record<Turn, number[]>>;

interface User {
  request(): Promise<unknown>;
  end(): Promise<void>;
}

const liveNumber = (sessions: number) => Math.floor(Math.random() * (sessions / 10)) * 10;

async function postgresUser({ sessions, ...address }: ServerAddress): Promise<User> {
  const client = new pg.Client(address);
  await client.connect();
  return {
    request: async () => {
      const id = [liveNumber(sessions)];
      await client.query('SELECT pickle FROM sessions WHERE id = md5($1::text)', id);
      await client.query('UPDATE sessions SET modify_time = now() WHERE id = md5($1::text)', id);
    },
    end: () => client.end(),
  };
}

async function mysqlUser({ sessions, ...address }: ServerAddress): Promise<User> {
  const client = await createConnection(address);
  return {
    request: async () => {
      const id = [liveNumber(sessions)];
      await client.query('SELECT pickle FROM sessions WHERE id = SHA2(?, 224)', id);
      await client.query('UPDATE sessions SET modify_time = NOW() WHERE id = SHA2(?, 224)', id);
    },
    end: () => client.end(),
  };
}

function directoryUser(folder: string): User {
  const payload = Buffer.concat([Buffer.from([0x80, 4]), Buffer.alloc(300, 'x')]);
  return {
    request: async () => {
      const path = join(folder, `application-${Math.floor(Math.random() * 1000)}`);
      await fs.promises.writeFile(path, payload);
      await fs.promises.readFile(path);
    },
    end: async () => undefined,
  };
}

async function userOf(options: ApplicationOptions): Promise<User> {
  if (options.kind === 'directory') return directoryUser(options.folder);
  const { kind, ...address } = options;
  return kind === 'postgres' ? postgresUser(address) : mysqlUser(address);
}

type State = 'warming' | 'noting' | 'over';

async function use(user: User, state: () => State, latencies: Latencies): Promise<void> {
  while (state() !== 'over') {
    const [instant, started] = [Date.now(), performance.now()];
    const isNoted = state() === 'noting';
    await user.request();
    const ms = performance.now() - started;
    const turn = turnOf(instant, instant + ms);
    if (isNoted && turn) latencies[turn].push(ms);
    await sleep(5);
  }
  await user.end();
}

const nextMessage = async (): Promise<unknown> => ((await once(process, 'message')) as [unknown])[0];

if (process.send) {
  const options = (await nextMessage()) as ApplicationOptions;
  const latencies: Latencies = { alone: [], meanwhile: [] };
  let state: State = 'warming';
  const users = await Promise.all(Array.from({ length: 4 }, () => userOf(options)));
  const uses = users.map((user) => use(user, () => state, latencies));
  process.send('at work');
  await nextMessage();
  state = 'noting';
  await nextMessage();
  state = 'over';
  await Promise.all(uses);
  const felt = (values: readonly number[]): Felt => ({
    requests: values.length,
    p99: quantile(values, 0.99),
  });
  const answer = { alone: felt(latencies.alone), meanwhile: felt(latencies.meanwhile) };
  process.send(answer, () => process.disconnect());
}
