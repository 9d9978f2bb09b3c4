import { backendNames, backendOf } from './backends/index.ts';
import { layoutRules, layoutStays, shapeName } from './layout-rules.ts';
import type { Rule } from './rule.ts';

const exactlyOneBackend: Rule = {
  rule: `[${backendNames.map((name) => `has(self.backend.${name})`).join(', ')}].filter(b, b).size() == 1`,
  message: `backend must name exactly one of ${backendNames.join(', ')}`,
};

const overwriteNeedsToken: Rule = {
  rule: "!has(self.setup) || !has(self.setup.ifExists) || self.setup.ifExists != 'Overwrite' || has(self.setup.overwriteToken)",
  message:
    'setup.ifExists: Overwrite destroys the existing store and needs setup.overwriteToken, a new value for each overwrite',
};

const doesNotApply = (backend: string, field: string, present: string): Rule => ({
  rule: `!has(self.backend.${backend}) || !(${present})`,
  message: `${field} does not apply to backend ${backend}: leave it out`,
});

/** Fields that make sense only for a server with a connection. */
const onlyWithConnection = (backend: string): readonly Rule[] => [
  doesNotApply(backend, 'cleanup.connection', 'has(self.cleanup) && has(self.cleanup.connection)'),
  doesNotApply(
    backend,
    'setup.createIndex',
    'has(self.setup) && has(self.setup.createIndex) && self.setup.createIndex',
  ),
];

/** Stores whose times are instants in every layout. */
const withoutZone: readonly Rule[] = ['shelve', 'durus'].map((backend) =>
  doesNotApply(
    backend,
    'layoutOptions.timeZone',
    'has(self.layoutOptions) && has(self.layoutOptions.timeZone)',
  ),
);

const migratesNothing = (backend: string): Rule =>
  doesNotApply(backend, 'setup.migrate', 'has(self.setup) && has(self.setup.migrate) && self.setup.migrate');

const neverCleaned: readonly Rule[] = backendNames.flatMap((name) => {
  const never = backendOf(name).neverCleaned;
  if (!never) return [];
  const rule = `!has(self.cleanup) || !has(self.backend.${name}) || !(${never.when})`;
  return [{ rule, message: never.message }];
});

/**
 * Transition rules. They apply to the spec and not to the fields, because a rule on an optional field does not run when
 * the field is set or unset. They compare effective values, so that writing out a default is not a change.
 */
const immutable: readonly Rule[] = [
  ...backendNames.map((name) => ({
    rule: `has(self.backend.${name}) == has(oldSelf.backend.${name})`,
    message: 'backend cannot change its kind: make a new SessionStore',
  })),
  ...layoutStays,
  ...backendNames.flatMap((name) =>
    backendOf(name)
      .immutable(shapeName)
      .map(({ field, value }) => ({
        rule: `!has(self.backend.${name}) || !has(oldSelf.backend.${name}) || ${value} == ${value.replaceAll('self.', 'oldSelf.')}`,
        message: `backend.${name}.${field} cannot change: make a new SessionStore`,
      })),
  ),
];

const withoutConnection = backendNames.filter((name) => backendOf(name).secretName === undefined);
const withoutMigration = backendNames.filter((name) => !backendOf(name).migrates);

/** Checks of the API server on a spec beyond its types. */
export const specRules: readonly Rule[] = [
  exactlyOneBackend,
  ...layoutRules,
  overwriteNeedsToken,
  ...withoutConnection.flatMap(onlyWithConnection),
  ...withoutZone,
  ...withoutMigration.map(migratesNothing),
  ...neverCleaned,
  ...immutable,
];
