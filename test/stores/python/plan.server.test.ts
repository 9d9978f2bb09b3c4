import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { basePython } from '../../../scripts/cluster/venv.ts';
import { planCases } from '../plan-cases.ts';

const run = promisify(execFile);

/** The package’s own function, over cases in JSON. */
const script = `
import json, sys
sys.path.insert(0, "python")
from sessionstore.marks import Mark, Options, Owner, plan_of

owner = Owner("cluster-1", "shop", "web")

def plan(found):
    mark = found.get("mark")
    options = found["options"]
    return plan_of(
        mark and Mark(owner, "Created", mark["state"], "Safe", tuple(mark["spentTokens"])),
        found["exists"],
        Options(owner, options["ifExists"], options.get("overwriteToken"), tuple(options.get("spentTokens", ()))),
    )

print(json.dumps([plan(found) for found in json.loads(sys.argv[1])]))
`;

test('stores in Python decide as those in TypeScript do', async () => {
  const found = JSON.stringify(planCases.map(([, one]) => one));
  const { stdout } = await run(await basePython(), ['-B', '-c', script, found]);
  expect(JSON.parse(stdout)).toEqual(planCases.map(([, , plan]) => plan));
});
