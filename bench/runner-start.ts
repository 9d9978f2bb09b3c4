/**
 * The start of the bundled runner: the time from the start of its process to its first statement to a PostgreSQL
 * server, less that of a bare `node -e 0` from start to end, as medians of alternating runs.
 *
 *   node bench/runner-start.ts [pairs]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundle, programsOfImages } from '../scripts/bundle.ts';
import { median, timed } from './measure.ts';

const pairs = Number(process.argv[2] ?? 15);
const folder = await mkdtemp(path.join(tmpdir(), 'runner-start-'));
const program = path.join(folder, 'program');
await bundle(program, programsOfImages);
// As in an image: without it, Node parses each ES module twice to find out that it is one.
await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');

/** A message of PostgreSQL's protocol: a type, its length and its content. */
function message(type: string, ...content: readonly number[]): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, Buffer.from(content)]);
}

/** Accepts every login and never responds: the second packet of a client is its first statement. */
const welcome = Buffer.concat([message('R', 0, 0, 0, 0), message('Z', 'I'.charCodeAt(0))]);
let onStatement: () => void = () => undefined;
const server = createServer((socket: Socket) => {
  socket.on('error', () => undefined);
  socket.once('data', () => {
    socket.write(welcome);
    socket.on('data', () => onStatement());
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

const secret = {
  host: '127.0.0.1',
  port: String(port),
  sslmode: 'disable',
  username: 'shop',
  password: 'secret',
  database: 'shop',
};
for (const [key, value] of Object.entries(secret)) await writeFile(path.join(folder, key), value);
const input = {
  owner: { installation: 'bench', namespace: 'shop', name: 'shop' },
  store: { backend: { postgres: { connection: { secretName: 'shop' } } }, cleanup: { unmodifiedFor: '1h' } },
};
const run = [
  ...[path.join(program, 'main.js'), 'delete-old', '--store', JSON.stringify(input)],
  ...['--connection', folder, '--result', path.join(folder, 'result')],
];

async function runner(): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, run, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const statement = new Promise<number>((resolve) => {
    onStatement = () => resolve(performance.now() - started);
  });
  const ms = await Promise.race([
    statement,
    ended.then(([code]) => Promise.reject(new Error(`exit ${code}`))),
  ]);
  child.kill('SIGKILL');
  await ended;
  return ms;
}

const bareNode = () => timed(() => once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit'));

const times: { readonly bare: number; readonly runner: number }[] = [];
for (let pair = 0; pair < pairs; pair += 1) times.push({ bare: await bareNode(), runner: await runner() });
const bare = median(times.map((time) => time.bare));
const first = median(times.map((time) => time.runner));
console.log(
  `node -e 0: ${bare.toFixed(0)} ms; the runner's first statement: + ${(first - bare).toFixed(0)} ms`,
);
server.close();
await rm(folder, { recursive: true });
