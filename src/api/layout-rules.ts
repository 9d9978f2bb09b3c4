import { customName } from '../layouts/custom.ts';
import { type FileOption, lacksTtl } from '../layouts/file-form.ts';
import { defaultLayout, layouts, shapes } from '../layouts/index.ts';
import { shapeName as nameOfShape, type Server } from '../layouts/layout.ts';
import { needsZone } from '../layouts/table-form.ts';
import { backendNames, backendOf } from './backends/index.ts';
import type { Rule } from './rule.ts';

const celList = (items: readonly string[]): string => `[${items.map((item) => `'${item}'`).join(', ')}]`;

/**
 * The effective layout, as CEL over the spec. There is no CRD default, so that a policy can tell a set field from one
 * that is left out.
 */
const layoutName = `(has(self.layout) ? self.layout : '${defaultLayout}')`;

const variant =
  '(has(self.layoutOptions) && has(self.layoutOptions.variant) ? self.layoutOptions.variant : "")';

/** The name of the effective layout with its variant, as CEL: every rule about a layout's data goes by it. */
export const shapeName = `(has(self.layoutOptions) && has(self.layoutOptions.variant) ? ${layoutName} + '/' + self.layoutOptions.variant : ${layoutName})`;

const namesWhere = (predicate: (layout: (typeof shapes)[number]) => boolean): readonly string[] =>
  shapes.filter(predicate).map((layout) => layout.name);

/** The part of customLayout that a backend needs. */
const customForms: Partial<Record<(typeof backendNames)[number], string>> = {
  postgres: 'table',
  mysql: 'table',
  directory: 'files',
};

const isCustom = `${layoutName} == '${customName}'`;

const customFits: readonly Rule[] = [
  {
    rule: `has(self.customLayout) == (${isCustom})`,
    message: 'customLayout is required for the layout custom, and applies to no other',
  },
  ...backendNames.flatMap((name) => {
    const form = customForms[name];
    if (form === undefined) return [];
    return [
      {
        rule: `!has(self.customLayout) || !has(self.backend.${name}) || has(self.customLayout.${form})`,
        message: `customLayout.${form} is required for backend ${name}`,
      },
      {
        rule: `!has(self.customLayout) || !has(self.backend.${name}) || !has(self.customLayout.${form === 'table' ? 'files' : 'table'})`,
        message: `customLayout.${form === 'table' ? 'files' : 'table'} does not apply to backend ${name}: leave it out`,
      },
    ];
  }),
  ...['postgres', 'mysql'].map((name) => ({
    rule: `!has(self.customLayout) || !has(self.backend.${name}) || has(self.backend.${name}.table)`,
    message: `backend.${name}.table is required for the layout custom`,
  })),
];

const layoutFitsBackend: readonly Rule[] = backendNames.map((name) => {
  const supported = [
    ...namesWhere((layout) => backendOf(name).supports(layout)),
    ...(customForms[name] === undefined ? [] : [customName]),
  ];
  return {
    rule: `!has(self.backend.${name}) || ${shapeName} in ${celList(supported)}`,
    message: `layout must be supported by backend ${name}: ${supported.join(', ')}`,
  };
});

const expiryLayouts = namesWhere((layout) => layout.age === 'expiry');
const modifiedLayouts = namesWhere((layout) => layout.age === 'modified');

const customMeans = (means: string) => `has(self.customLayout) && self.customLayout.means == '${means}'`;

const ageFitsLayout: readonly Rule[] = [
  {
    rule: `!has(self.cleanup) || !(${shapeName} in ${celList(modifiedLayouts)} || ${customMeans('modified')}) || (has(self.cleanup.unmodifiedFor) && !has(self.cleanup.expiredFor))`,
    message: `cleanup.unmodifiedFor (and not expiredFor) is required: this layout stores when a session last changed`,
  },
  {
    rule: `!has(self.cleanup) || !(${shapeName} in ${celList(expiryLayouts)} || ${customMeans('expiry')}) || !has(self.cleanup.unmodifiedFor)`,
    message: `cleanup.unmodifiedFor does not apply, use expiredFor: this layout stores when a session expires`,
  },
];

const formsOf = (layout: (typeof shapes)[number]) =>
  [layout.postgres, layout.mysql].flatMap((form) => form ?? []);

const asked = (option: string) => `has(self.layoutOptions) && has(self.layoutOptions.${option})`;

const zoneNeeded = namesWhere(({ mysql }) => mysql?.rules.some(({ at }) => needsZone(at)) ?? false);

/** Layouts with a wall clock that is not always UTC's: only there the zone of the application matters. */
const zonedOn = (server: Server): readonly string[] =>
  namesWhere(
    (layout) =>
      layout[server]?.rules.some(
        ({ at }) => at.throughSession || at.zone === 'application' || at.zoneMayDiffer,
      ) ?? false,
  );

const customZone =
  "has(self.customLayout) && has(self.customLayout.table) && has(self.customLayout.table.zone) && self.customLayout.table.zone == 'Application'";

const zoneFits: readonly Rule[] = [
  ...(['postgres', 'mysql'] as const).map((name) => ({
    rule: `!has(self.backend.${name}) || !(${asked('timeZone')}) || ${shapeName} in ${celList(zonedOn(name))} || (${customZone})`,
    message:
      `layoutOptions.timeZone does not apply to this layout on backend ${name}, where its times are instants, numbers or UTC: leave it out. ` +
      `timeZone applies to ${zonedOn(name).join(', ')}, and to ${customName} with customLayout.table.zone: Application`,
  })),
  {
    rule: `!has(self.backend.mysql) || !(${shapeName} in ${celList(zoneNeeded)} || (${customZone})) || (${asked('timeZone')})`,
    message: `layoutOptions.timeZone is required in MySQL for ${zoneNeeded.join(', ')}, and for ${customName} with customLayout.table.zone: Application: the time zone of the application’s connection (SELECT @@session.time_zone; @@system_time_zone if that is SYSTEM) as a name: Etc/GMT-1 for +01:00`,
  },
];

const preserving = namesWhere(({ mayPreserve }) => mayPreserve ?? false);

const optionOnlyFor = (option: string, names: readonly string[]): Rule => ({
  rule: `!(${asked(option)}) || ${shapeName} in ${celList(names)}`,
  message: `layoutOptions.${option} applies only to ${names.length > 0 ? names.join(', ') : 'no layout of this version'}`,
});

const renamable = shapes.flatMap((layout) => {
  const names = new Set(formsOf(layout).flatMap((form) => form.renamable ?? []));
  return names.size > 0 ? [{ name: layout.name, columns: [...names] }] : [];
});

const filesWith = (option: FileOption): readonly string[] =>
  namesWhere(({ directory }) => directory?.options?.includes(option) ?? false);

const ttlNeeded = namesWhere(({ directory }) => directory !== undefined && lacksTtl(directory));

/** Settings of files, each for the layouts that have them. */
const fileOptionsFit: readonly Rule[] = [
  ...(['ttl', 'depth', 'prefix'] as const).map((option) => optionOnlyFor(option, filesWith(option))),
  {
    rule: `!has(self.backend.directory) || !(${shapeName} in ${celList(ttlNeeded)}) || (${asked('ttl')})`,
    message: `layoutOptions.ttl is required for ${ttlNeeded.join(', ')}: the lifetime that the application’s settings give its sessions`,
  },
  {
    rule: `!has(self.backend.directory) || !(${asked('timeZone')}) || ${shapeName} in ${celList(filesWith('timeZone'))}`,
    message: `layoutOptions.timeZone does not apply to backend directory except for ${filesWith('timeZone').join(', ')}: leave it out`,
  },
];

const varied = layouts.flatMap(({ name, variants = [] }) =>
  variants.length === 0 ? [] : [{ name, variants: variants.map((one) => one.name) }],
);
const variantShapes = varied.flatMap(({ name, variants }) => variants.map((one) => nameOfShape(name, one)));

const variantFits: Rule = {
  rule: `!(${asked('variant')}) || ${shapeName} in ${celList(variantShapes)}`,
  message: `layoutOptions.variant names a variant of the layout: ${varied.map(({ name, variants }) => `${variants.join(' or ')} of ${name}`).join(', ')}; leave it out for any other layout`,
};

/** Settings of a layout that the library does not have. */
const optionsFitLayout: readonly Rule[] = [
  variantFits,
  ...zoneFits,
  optionOnlyFor(
    'creationLimit',
    namesWhere((layout) =>
      formsOf(layout).some(({ rules }) => rules.some(({ optional }) => optional === 'creationLimit')),
    ),
  ),
  {
    rule: `!has(self.cleanup) || !(${shapeName} in ${celList(preserving)}) || (${asked('deletePreserved')} && self.layoutOptions.deletePreserved)`,
    message: `layoutOptions.deletePreserved: true is required for a clean-up of ${preserving.join(', ')}, which can be set to keep ended sessions on purpose`,
  },
  optionOnlyFor('deletePreserved', preserving),
  optionOnlyFor(
    'columns',
    renamable.map(({ name }) => name),
  ),
  ...fileOptionsFit,
  ...renamable.map(({ name, columns }) => ({
    rule: `!(${asked('columns')}) || ${shapeName} != '${name}' || self.layoutOptions.columns.all(c, c in ${celList(columns)})`,
    message: `layoutOptions.columns renames only these columns of ${name}: ${columns.join(', ')}`,
  })),
];

/** Confirmed counts are those of one description: another one is counted first. */
const confirmedStays: Rule = {
  rule:
    '!has(self.customLayout) || !has(oldSelf.customLayout) || ![self, oldSelf].all(s, has(s.customLayout.confirmed) && s.customLayout.confirmed) || ' +
    '(self.customLayout == oldSelf.customLayout && has(self.layoutOptions) == has(oldSelf.layoutOptions) && ' +
    '(!has(self.layoutOptions) || self.layoutOptions == oldSelf.layoutOptions))',
  message:
    'customLayout and layoutOptions cannot change while customLayout.confirmed is true: set it to false, look at the counts of the next run, then confirm again',
};

/** Transition rules of the layout. */
export const layoutStays: readonly Rule[] = [
  {
    rule: `${layoutName} == ${layoutName.replaceAll('self', 'oldSelf')}`,
    message: 'layout cannot change: make a new SessionStore',
  },
  {
    rule: `${variant} == ${variant.replaceAll('self', 'oldSelf')}`,
    message: 'layoutOptions.variant cannot change: make a new SessionStore',
  },
  confirmedStays,
];

/** The layout with its options, and the backend that it is on. */
export const layoutRules: readonly Rule[] = [
  ...layoutFitsBackend,
  ...customFits,
  ...ageFitsLayout,
  ...optionsFitLayout,
];
