import type { z } from 'zod';
import type { Layout } from '../../layouts/layout.ts';
import type { PodRequirements } from './pod-requirements.ts';

/** A resolved value and its source, as status.effective shows it. */
export interface Resolved {
  readonly value: string;
  readonly source: 'Spec' | 'Layout' | 'Default';
}

/**
 * The pure half of a store: its part of the API and the requirements of its pods. `Spec` is the type of its member of
 * `spec.backend`. The other half, store.ts, does the work; the operator never loads it.
 */
export interface BackendSpec<Spec = unknown> {
  readonly name: string;
  readonly title: string;
  /** The zod schema of `spec.backend.<name>`, descriptions and CEL rules included. */
  readonly schema: z.ZodType<Spec>;
  readonly supports: (layout: Layout) => boolean;
  /** Location of the store, defaults resolved; no value may change once it is set. Keys are paths below the backend. */
  readonly location: (spec: Spec, layout: Layout) => Readonly<Record<string, Resolved>>;
  /** One line for people: `postgres table public.session`. */
  readonly describe: (spec: Spec, layout: Layout) => string;
  /**
   * CEL expressions, over `self` = the spec, that give each location value with its default. A transition rule compares
   * them. `shapeName` is a CEL expression for the name of the effective layout, or of its variant.
   */
  readonly immutable: (shapeName: string) => readonly { readonly field: string; readonly value: string }[];
  /**
   * Stores for which clean-up would refuse every run: a CEL expression over `self` = the spec, and the message that
   * says which field to change.
   */
  readonly neverCleaned?: { readonly when: string; readonly message: string };
  /** The Secret that holds host and credentials, if the backend has one. */
  readonly secretName?: (spec: Spec) => string;
  /** True if set-up can change an adopted store's shape; setup.migrate is refused otherwise. */
  readonly migrates?: true;
  /**
   * True if a run is safe only while no other process has the store open. The operator then starts it when no other pod
   * mounts the claim of podRequirements.
   */
  readonly requiresExclusiveClaim?: (spec: Spec, work: 'cleanup' | 'migration') => boolean;
  readonly podRequirements: (spec: Spec) => PodRequirements;
}
