import type { z } from 'zod';
import type { Layout } from '../../layouts/layout.ts';
import type { PodRequirements } from './pod-requirements.ts';

/** A resolved value and where it came from, as status.effective shows it. */
export interface Resolved {
  readonly value: string;
  readonly source: 'Spec' | 'Layout' | 'Default';
}

/**
 * The pure half of a store: its part of the API and what its pods need. `Spec` is the type of its member of
 * `spec.backend`. The other half, store.ts, does the work and is never loaded by the operator.
 */
export interface BackendSpec<Spec = unknown> {
  readonly name: string;
  readonly title: string;
  /** The zod schema of `spec.backend.<name>`, descriptions and CEL rules included. */
  readonly schema: z.ZodType<Spec>;
  readonly supports: (layout: Layout) => boolean;
  /** What must never change once set: where the store is, defaults resolved. Keys are paths below the backend. */
  readonly location: (spec: Spec, layout: Layout) => Readonly<Record<string, Resolved>>;
  /** One line for people: `postgres table public.session`. */
  readonly describe: (spec: Spec, layout: Layout) => string;
  /**
   * CEL expressions, over `self` = the spec, that give each location value with its default: what a transition
   * rule compares. `layoutName` is a CEL expression for the effective layout's name.
   */
  readonly immutable: (layoutName: string) => readonly { readonly field: string; readonly value: string }[];
  /** Stores of which clean-up would refuse every run: a CEL expression over `self` = the spec, and what to change. */
  readonly neverCleaned?: { readonly when: string; readonly message: string };
  /** The Secret that holds host and credentials, where the backend has one. */
  readonly secretName?: (spec: Spec) => string;
  /** Whether set-up can change an adopted store's shape: setup.migrate is refused where it cannot. */
  readonly migrates?: true;
  /**
   * True if a run is safe only while no other process has the store open. The operator then starts it when no other pod
   * mounts the claim of podRequirements.
   */
  readonly requiresExclusiveClaim?: (spec: Spec, work: 'cleanup' | 'migration') => boolean;
  readonly podRequirements: (spec: Spec) => PodRequirements;
}
