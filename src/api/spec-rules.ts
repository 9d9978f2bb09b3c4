import { defaultLayout, layouts } from '../layouts/index.ts';
import { backendNames, backendOf } from './backends/index.ts';

/** One entry of `x-kubernetes-validations`. */
export interface Rule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
}

const celList = (items: readonly string[]): string => `[${items.map((item) => `'${item}'`).join(', ')}]`;

/**
 * The effective layout, as CEL over the spec. There is no CRD default, so that a policy can tell a set field from one
 * that is left out.
 */
const layoutName = `(has(self.layout) ? self.layout : '${defaultLayout}')`;

const namesWhere = (predicate: (layout: (typeof layouts)[number]) => boolean): readonly string[] =>
  layouts.filter(predicate).map((layout) => layout.name);

const exactlyOneBackend: Rule = {
  rule: `[${backendNames.map((name) => `has(self.backend.${name})`).join(', ')}].filter(b, b).size() == 1`,
  message: `backend must name exactly one of ${backendNames.join(', ')}`,
};

const layoutFitsBackend: readonly Rule[] = backendNames.map((name) => {
  const supported = namesWhere((layout) => backendOf(name).supports(layout));
  return {
    rule: `!has(self.backend.${name}) || ${layoutName} in ${celList(supported)}`,
    message: `layout must be supported by backend ${name}: ${supported.join(', ')}`,
  };
});

const expiryLayouts = namesWhere((layout) => layout.age === 'expiry');
const modifiedLayouts = namesWhere((layout) => layout.age === 'modified');

const ageFitsLayout: readonly Rule[] = [
  {
    rule: `!has(self.cleanup) || !(${layoutName} in ${celList(modifiedLayouts)}) || (has(self.cleanup.unmodifiedFor) && !has(self.cleanup.expiredFor))`,
    message: `cleanup.unmodifiedFor (and not expiredFor) is required: layouts ${modifiedLayouts.join(', ')} store when a session last changed`,
  },
  {
    rule: `!has(self.cleanup) || !(${layoutName} in ${celList(expiryLayouts)}) || !has(self.cleanup.unmodifiedFor)`,
    message: `cleanup.unmodifiedFor does not apply, use expiredFor: layouts ${expiryLayouts.join(', ')} store when a session expires`,
  },
];

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
  doesNotApply(
    backend,
    'layoutOptions.timeZone',
    'has(self.layoutOptions) && has(self.layoutOptions.timeZone)',
  ),
];

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
  {
    rule: `${layoutName} == ${layoutName.replaceAll('self', 'oldSelf')}`,
    message: 'layout cannot change: make a new SessionStore',
  },
  ...backendNames.flatMap((name) =>
    backendOf(name)
      .immutable(layoutName)
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
  ...layoutFitsBackend,
  ...ageFitsLayout,
  overwriteNeedsToken,
  ...withoutConnection.flatMap(onlyWithConnection),
  ...withoutMigration.map(migratesNothing),
  ...neverCleaned,
  ...immutable,
];
