import type { AgeKind, Layout } from '../../layouts/layout.ts';
import type { TableForm } from '../../layouts/table-form.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';

/** Facts that every operation on a store needs. */
export interface TableContext<Connection, Target> {
  readonly connection: Connection;
  readonly target: Target;
  readonly layout: TableForm;
  readonly layoutName: string;
  readonly age: AgeKind;
  /** The application's time zone, for times that depend on it, if the spec names one. */
  readonly timeZone?: string;
}

/** Location of a store. */
export interface TablePlace {
  readonly settings: ConnectionSettings;
  readonly layout: Layout;
  readonly timeZone?: string | undefined;
}

/** The context of a store at a place; its layout has this form, as the place was checked before. */
export function contextOf<Connection, Target>(
  { layout, timeZone }: TablePlace,
  form: TableForm | undefined,
  where: { readonly connection: Connection; readonly target: Target },
): TableContext<Connection, Target> {
  if (!form) throw new Error(`Expected a layout with a table on this server, got ${layout.name}`);
  const { name: layoutName, age } = layout;
  return { ...where, layout: form, layoutName, age, ...(timeZone !== undefined && { timeZone }) };
}
