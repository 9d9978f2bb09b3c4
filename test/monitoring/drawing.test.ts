import { expect, test } from 'vitest';
import { rows } from '../../scripts/monitoring/dashboard.ts';
import { drawing } from './drawing.ts';
import type { PanelSeries } from './evaluate.ts';
import { formatted } from './format.ts';

const panels = rows.flatMap((row) => row.panels);

const seriesWith = (points: PanelSeries['points']): readonly PanelSeries[] =>
  ['web', 'a & b'].map((name) => ({
    labels: { namespace: 'shop', name, reason: 'SecretMissing' },
    legend: `shop/${name}`,
    points,
  }));

const drawn = (points: PanelSeries['points']): string =>
  drawing(new Map(panels.map(({ title }) => [title, seriesWith(points)])), 'Answers <here>');

test('a picture shows each panel with its title and values', () => {
  const svg = drawn([
    [0, 1],
    [10, Number.NaN],
    [20, 3],
  ]);
  for (const { title } of panels) expect(svg).toContain(`>${title}</text>`);
  for (const shown of ['SecretMissing', 'shop/a &amp; b', 'Answers &lt;here&gt;'])
    expect(svg).toContain(`>${shown}</text>`);
  expect(svg.match(/<path d="M[\d.]+ [\d.]+L[\d.]+ [\d.]+" fill="none"/g)?.length).toBeGreaterThan(20);
});

test.each<[string, PanelSeries['points']]>([
  ['values of 0', [[0, 0]]],
  ['one value', [[5, 7]]],
])('a picture of %s has numbers alone', (_name, points) => {
  expect(drawn(points)).not.toMatch(/NaN|Infinity|undefined/);
});

test('a picture without data has the frames of the panels', () => {
  const svg = drawing(new Map(), '');
  expect(svg.match(/rx="3"/g)).toHaveLength(panels.length);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test.each([
  [90, 's', '1.5 min'],
  [0.0123, 's', '12.3 ms'],
  [0, 's', '0 s'],
  [3 * 86_400, 's', '3 d'],
  [2 ** 21, 'bytes', '2 MiB'],
  [19_340, 'short', '19.3 K'],
  [0.0781, 'percentunit', '7.81 %'],
  [2.8, 'ops', '2.8 /s'],
] as const)('%d in %s reads %s', (value, unit, expected) => {
  expect(formatted(value, unit)).toBe(expected);
});
