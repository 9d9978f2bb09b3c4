import type { Panel } from '../../scripts/monitoring/panel.ts';
import type { PanelSeries } from './evaluate.ts';
import { formatted } from './format.ts';

/** Place of a panel, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const colours = ['#3871dc', '#e0652d', '#37872d', '#8f3bb8', '#c4162a', '#1f9e9e', '#b8860b', '#6e6e6e'];
const thresholdColours = { good: '#37872d', warn: '#e0652d', alarm: '#c4162a' };

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const round = (value: number): string => String(Math.round(value * 10) / 10);

interface TextOptions {
  readonly size?: number;
  readonly colour?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly weight?: 'bold';
}

export const text = (x: number, y: number, words: string, options: TextOptions = {}): string => {
  const { size = 11, colour = '#24292e', anchor = 'start', weight } = options;
  const bold = weight ? ` font-weight="${weight}"` : '';
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${colour}" text-anchor="${anchor}"${bold}>${escaped(words)}</text>`;
};

const rectangle = ({ x, y, width, height }: Box, fill: string, more = ''): string =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"${more}/>`;

function colourOf(value: number, { warnAt, alarmAt }: Panel): string {
  if (alarmAt !== undefined && value >= alarmAt) return thresholdColours.alarm;
  return warnAt !== undefined && value >= warnAt ? thresholdColours.warn : thresholdColours.good;
}

const lastOf = ({ points }: PanelSeries): number => points.at(-1)?.[1] ?? Number.NaN;

function stat(panel: Panel, [series]: readonly PanelSeries[], { x, y, width, height }: Box): string {
  if (!series) return '';
  const value = lastOf(series);
  const options = { size: 30, colour: colourOf(value, panel), anchor: 'middle', weight: 'bold' } as const;
  return text(x + width / 2, y + height / 2 + 14, formatted(value, panel.unit), options);
}

function table(_panel: Panel, series: readonly PanelSeries[], { x, y, width }: Box): string {
  const names = ['namespace', 'name', 'reason'];
  const line = (cells: readonly string[], row: number, weight?: 'bold') =>
    cells.map((cell, column) =>
      text(x + 10 + (column * width) / names.length, y + 24 + row * 18, cell, weight ? { weight } : {}),
    );
  const rows = series.map(({ labels }, index) =>
    line(
      names.map((name) => labels[name] ?? ''),
      index + 1,
    ),
  );
  return [line(names, 0, 'bold'), ...rows].flat().join('');
}

function barGauge(panel: Panel, series: readonly PanelSeries[], { x, y, width }: Box): string {
  const most = Math.max(...series.map(lastOf), 1e-9);
  return series
    .map((one, index) => {
      const [value, top] = [lastOf(one), y + 12 + index * 24];
      const bar = { x: x + 175, y: top, width: ((width - 255) * value) / most, height: 16 };
      return [
        text(x + 170, top + 12, one.legend, { anchor: 'end' }),
        rectangle(bar, colourOf(value, panel)),
        text(bar.x + bar.width + 6, top + 12, formatted(value, panel.unit)),
      ].join('');
    })
    .join('');
}

/** Place of the curves: within the panel, beside the axis and above the legend. */
const plotOf = ({ x, y, width, height }: Box): Box => ({
  x: x + 56,
  y: y + 8,
  width: width - 70,
  height: height - 34,
});

interface Scale {
  readonly x: (time: number) => number;
  readonly y: (value: number) => number;
}

function axes(plot: Box, most: number, unit: Panel['unit']): string {
  return [0, 0.5, 1]
    .map((share) => {
      const y = plot.y + plot.height * (1 - share);
      const line = `<path d="M${round(plot.x)} ${round(y)}h${round(plot.width)}" stroke="#e4e7ea"/>`;
      const label = formatted(most * share, unit);
      return line + text(plot.x - 6, y + 4, label, { size: 10, colour: '#6a737d', anchor: 'end' });
    })
    .join('');
}

function legend(series: readonly PanelSeries[], { x, y, width, height }: Box): string {
  const shown = series.slice(0, 4);
  const room = (width - 20) / Math.max(shown.length, 1);
  const most = Math.floor(room / 6) - 2;
  return shown
    .map(({ legend: words }, index) => {
      const left = x + 10 + index * room;
      const square = { x: left, y: y + height - 16, width: 8, height: 8 };
      const cut = words.length > most ? `…${words.slice(1 - most)}` : words;
      return rectangle(square, colours[index] ?? '#000') + text(left + 12, y + height - 8, cut, { size: 10 });
    })
    .join('');
}

const finite = ({ points }: PanelSeries) => points.filter(([, value]) => Number.isFinite(value));

const curve = (series: PanelSeries, scale: Scale, colour: string): string => {
  const path = finite(series)
    .map(([time, value]) => `${round(scale.x(time))} ${round(scale.y(value))}`)
    .join('L');
  return path && `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
};

/** One bar for each time, the series above one another. */
function bars(series: readonly PanelSeries[], scale: Scale, width: number): string {
  const below = new Map<number, number>();
  return series
    .flatMap((one, index) =>
      finite(one).map(([time, value]) => {
        const base = below.get(time) ?? 0;
        below.set(time, base + value);
        const [top, bottom] = [scale.y(base + value), scale.y(base)];
        const bar = { x: scale.x(time) - width / 2, y: top, width, height: bottom - top };
        return bottom - top < 0.05 ? '' : rectangle(bar, colours[index % colours.length] ?? '');
      }),
    )
    .join('');
}

function highest(panel: Panel, series: readonly PanelSeries[]): number {
  if (panel.kind !== 'bars')
    return Math.max(...series.flatMap((one) => finite(one).map(([, value]) => value)));
  const sums = new Map<number, number>();
  for (const [time, value] of series.flatMap(finite)) sums.set(time, (sums.get(time) ?? 0) + value);
  return Math.max(...sums.values());
}

function overTime(panel: Panel, series: readonly PanelSeries[], box: Box): string {
  const plot = plotOf(box);
  const times = series.flatMap(finite).map(([time]) => time);
  if (times.length === 0) return '';
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const most = (highest(panel, series) || 1) * 1.05;
  const scale: Scale = {
    x: (time) => plot.x + (plot.width * (time - first)) / Math.max(last - first, 1),
    y: (value) => plot.y + plot.height * (1 - value / most),
  };
  const width = (plot.width / Math.max(new Set(times).size, 1)) * 0.8;
  const drawn =
    panel.kind === 'bars'
      ? bars(series, scale, width)
      : series.map((one, index) => curve(one, scale, colours[index % colours.length] ?? '')).join('');
  return axes(plot, most, panel.unit) + drawn + legend(series, box);
}

const kinds = { stat, table, bargauge: barGauge, lines: overTime, bars: overTime };

/** A panel with its title. */
export function drawnPanel(panel: Panel, series: readonly PanelSeries[], box: Box): string {
  const title = text(box.x + 10, box.y + 18, panel.title, { size: 12, weight: 'bold' });
  const content = { ...box, y: box.y + 24, height: box.height - 24 };
  const frame = rectangle(box, '#fff', ' stroke="#d8dce0" rx="3"');
  return frame + title + kinds[panel.kind](panel, series, content);
}
