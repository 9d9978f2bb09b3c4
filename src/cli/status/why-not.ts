import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { visible } from '../../api/visible.ts';
import { wrapped } from '../fields.ts';
import { readinessOf } from './readiness.ts';

/** Most stores that are explained below a table. */
const most = 5;

export interface WhyNotView {
  readonly withNamespaces: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** The name by which the command line was called. */
  readonly program: string;
}

/** Lines below the table on a terminal: why the first stores are not Ready and what to do, as their conditions say it. */
export function whyNotLines(
  stores: readonly SessionStoreResource[],
  { withNamespaces, width, program }: WhyNotView,
): readonly string[] {
  const bad = stores.filter((store) => readinessOf(store).tone === 'bad');
  const lines = bad.slice(0, most).flatMap((store) => {
    const { name, namespace } = store.metadata;
    const why = wrapped(visible(readinessOf(store).message), Math.max(width - 2, 24));
    return ['', withNamespaces ? `${namespace}/${name}` : name, ...why.map((line) => `  ${line}`)];
  });
  const rest = bad.length - most;
  return rest > 0 ? [...lines, '', `${rest} more are not Ready: ${program} status NAME says why`] : lines;
}
