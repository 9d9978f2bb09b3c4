import type { FileForm } from './file-form.ts';
import type { TableForm } from './table-form.ts';

/**
 * A layout is one session library's schema as data: the location of a session, and the meaning of its time. A new
 * layout is one file beside this one and one line in index.ts.
 */

/** `expiry`: the time is the end of the session. `modified`: the time is its last change. */
export type AgeKind = 'expiry' | 'modified';

/** A database server, by the name of its form in a layout. */
export type Server = 'postgres' | 'mysql';

export interface Layout {
  readonly name: string;
  /** For the docs: the library, and the address of its published schema. */
  readonly title: string;
  readonly source: string;
  readonly library: LibraryFacts;
  readonly age: AgeKind;
  /**
   * True if a setting of the library keeps ended sessions on purpose: nothing in the store tells, so that the spec has to
   * ask for their deletion.
   */
  readonly mayPreserve?: true;
  readonly postgres?: TableForm;
  readonly mysql?: TableForm;
  readonly directory?: FileForm;
  /** True if the library keeps pickles, which contain their time, in a file of Python's shelve. */
  readonly shelve?: true;
  /** True if the library keeps sessions, which contain their time, in a Durus storage. */
  readonly durus?: true;
  readonly variants?: readonly Variant[];
}

/**
 * Another shape of the same library's store, which `layoutOptions.variant` chooses. Its tables and files are its own;
 * the meaning of the time is the layout's.
 */
export interface Variant
  extends Pick<Layout, 'name' | 'title' | 'library' | 'postgres' | 'mysql' | 'directory'> {
  /** Absent: the layout's. */
  readonly source?: string;
}

/** The layout and each variant of it as a layout of its own, named such as `litestar/store`. */
export function shapesOf(layout: Layout): readonly Layout[] {
  const { name, source, age, mayPreserve, variants = [] } = layout;
  const common = { source, age, ...(mayPreserve && { mayPreserve }) };
  return [
    layout,
    ...variants.map((variant) => ({ ...common, ...variant, name: shapeName(name, variant.name) })),
  ];
}

/** The settings that a shape's name stands for. */
export function settingsOf(shape: string): { readonly layout: string; readonly variant?: string } {
  const [layout = '', variant] = shape.split('/');
  return { layout, ...(variant !== undefined && { variant }) };
}

/** The name of a shape; without a variant, it is the layout's own. */
export const shapeName = (layout: string, variant: string | undefined): string =>
  variant === undefined ? layout : `${layout}/${variant}`;

/** Facts for people who let the operator clean this library's sessions. */
interface LibraryFacts {
  /** The versions that the layout was compared with, such as `10.0.0`. */
  readonly versions: string;
  /** `library`: the suite runs the library itself. `source`: it could not be had; the layout follows its source. */
  readonly proof: 'library' | 'source';
  /** False if the library accepts a session that has expired: clean-up is then a security control. */
  readonly readsCheckExpiry: boolean;
  /** The library's own clean-up, as a sentence. */
  readonly cleansItself: string;
  /** The setting that switches it off, as a sentence; absent where there is none to switch off. */
  readonly switchOff?: string;
  /** Work of our clean-up on other files than sessions, as a sentence. */
  readonly alsoTouched?: string;
}
