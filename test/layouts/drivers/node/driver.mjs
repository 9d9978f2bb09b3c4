// Answers requests in JSON, one a line, by the library that `open` names: `<library>.mjs` beside this file.
import { createInterface } from 'node:readline';
import { ago } from './clock.mjs';

/**
 * Each `<library>.mjs` exports `open({ variant, url, folder, table })`, which gives an object with
 *   save(id, lifetimeSeconds)   the session's key; the clock stands at the time of the save. Undefined: cannot
 *   isLive(id, lifetimeSeconds) whether the library still loads the session with its data
 *   migrate(), clean(lifetimeSeconds)   absent where the library has none
 *   close()
 */
let store;

async function open({ library, url, folder, table }) {
  await close();
  const [name, variant] = library.split('/');
  const module = await import(`./${name}.mjs`);
  store = await module.open({ variant, url, folder, table });
}

async function close() {
  await store?.close();
  store = undefined;
}

async function save({ id, agoSeconds, lifetimeSeconds }) {
  const key = await ago(agoSeconds, () => store.save(id, lifetimeSeconds));
  return key === undefined ? unsupported : { key };
}

async function live({ ids, lifetimeSeconds }) {
  const found = [];
  for (const id of ids) if (await store.isLive(id, lifetimeSeconds)) found.push(id);
  return { ids: found };
}

const unsupported = { ok: false, unsupported: true };

const ops = {
  open,
  close,
  save,
  live,
  migrate: () => (store.migrate ? store.migrate() : unsupported),
  clean: ({ lifetimeSeconds }) => (store.clean ? store.clean(lifetimeSeconds) : unsupported),
};

async function answer(request) {
  try {
    if (request.op !== 'open' && request.op !== 'close' && !store) throw new Error('Expected open first');
    return { ok: true, ...(await ops[request.op](request)) };
  } catch (error) {
    return { ok: false, error: error.stack ?? String(error) };
  }
}

// A pool has ended before its connections have, and a test may drop the database under those.
process.on('uncaughtException', (error) => {
  if (error.code === '57P01') return;
  console.error(error);
  process.exit(1);
});

const write = process.stdout.write.bind(process.stdout);
// Libraries log; standard output is for answers alone.
process.stdout.write = process.stderr.write.bind(process.stderr);
for await (const line of createInterface({ input: process.stdin }))
  write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
await close();
// Some libraries keep a timer.
process.exit(0);
