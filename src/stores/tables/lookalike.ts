import { shapes } from '../../layouts/index.ts';
import { type Layout, type Server, settingsOf } from '../../layouts/layout.ts';
import { type FoundColumn, fitsByType } from './shape-columns.ts';
import { acceptsType } from './shape-types.ts';

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

/** The settings that name a layout, or a variant of one. */
function settingsFor(name: string): string {
  const { layout, variant } = settingsOf(name);
  return `layout: ${layout}${variant === undefined ? '' : ` with layoutOptions.variant: ${variant}`}`;
}

/**
 * The refusal of a table with these problems. The layouts that it looks like come first, as a message may be cut, and
 * the problems are then only those of the wrong layout.
 */
export function misfit(
  table: string,
  layoutName: string,
  problems: readonly string[],
  alike: readonly string[],
): string {
  const unfit = `does not fit the layout ${layoutName}: ${problems.join('; ')}`;
  const names = alike.slice(0, 3);
  if (names.length === 0) return `Table ${table} ${unfit}`;
  return (
    `Table ${table} looks like the table of the layout ${names.join(' or ')}: set ${names.map(settingsFor).join(', or ')}, ` +
    `or name another table. It ${unfit}`
  );
}
