import { shapes } from '../../layouts/index.ts';
import type { Layout } from '../../layouts/layout.ts';
import { type FoundColumn, fitsByType } from './shape-columns.ts';
import { acceptsType } from './shape-types.ts';

type Server = 'postgres' | 'mysql';

/** Number of the layout's own columns that the table has; 0 if it lacks one that the layout demands. */
function likeness(columns: readonly FoundColumn[], layout: Layout, server: Server): number {
  const form = layout[server];
  if (!form || !fitsByType(columns, form)) return 0;
  return form.columns.filter((own) =>
    columns.some(({ name, type }) => name === own.name && acceptsType(own, type)),
  ).length;
}

/** The names of the layouts, or variants, that these columns resemble most, except the named one. */
export function lookalikes(
  columns: readonly FoundColumn[],
  server: Server,
  except: string,
  among: readonly Layout[] = shapes,
): readonly string[] {
  const scores = among
    .filter(({ name }) => name !== except)
    .map((layout) => ({ name: layout.name, score: likeness(columns, layout, server) }));
  const best = Math.max(0, ...scores.map(({ score }) => score));
  return best === 0 ? [] : scores.filter(({ score }) => score === best).map(({ name }) => name);
}

/** The end of a refusal, with the layout that the table looks like; empty without such a layout. */
export function lookalikeHint(columns: readonly FoundColumn[], server: Server, except: string): string {
  const names = lookalikes(columns, server, except).slice(0, 3);
  return names.length === 0
    ? ''
    : `. It looks like the table of the layout ${names.join(' or ')}: set layout to that, or name another table`;
}
