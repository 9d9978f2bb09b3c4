import { requestAnnotation } from '../api/group.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { type Access, type AccessOptions, openAccess } from './access.ts';
import type { CommandHandler } from './cli.ts';
import { exitCodes } from './exit-codes.ts';
import { qualifiedName } from './output.ts';
import { pollUntilDone } from './poll-until-done.ts';
import { patchSessionStore, sessionStore } from './session-stores.ts';
import { readinessOf } from './status/readiness.ts';

interface RequestOptions extends AccessOptions {
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** Waits until status says that the operator has handled the request. */
const handled = (
  access: Access,
  { name, value, timeout }: { readonly name: string; readonly value: string; readonly timeout: number },
): Promise<SessionStoreResource> =>
  pollUntilDone(async () => {
    const store = await sessionStore(access, name);
    if (store.status?.lastHandledRequest === value) return { done: store };
    const missing = `Expected the operator to handle the request for ${name} within ${timeout} s; it has not: see doctor --operator`;
    return { missing };
  }, timeout);

/** Has the operator reconcile stores now; returns once it has, unless the person does not want to wait. */
export const request: CommandHandler<RequestOptions> = async ({ args, options, terminal: { stdout } }) => {
  await using access = await openAccess(options);
  // As exact as it gets: each request has a value of its own.
  const value = new Date().toISOString();
  for (const name of args) {
    const metadata = { annotations: { [requestAnnotation]: value } };
    const store = await patchSessionStore(access, name, { metadata });
    if (!options.wait) stdout.write(`${qualifiedName(store)} requested\n`);
  }
  if (!options.wait) return exitCodes.ok;
  for (const name of args) {
    const store = await handled(access, { name, value, timeout: options.timeout });
    stdout.write(`${qualifiedName(store)} reconciled: ${readinessOf(store).reason}\n`);
  }
  return exitCodes.ok;
};
