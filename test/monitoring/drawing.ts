import { dashboard, rows } from '../../scripts/monitoring/dashboard.ts';
import { drawnPanel, text } from './draw.ts';
import type { PanelSeries } from './evaluate.ts';

const [columnWidth, lineHeight, margin] = [50, 22, 6];
const footer = 30;

interface Placed {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

const boxOf = ({ gridPos: { x, y, w, h } }: Placed) => ({
  x: x * columnWidth + margin / 2,
  y: y * lineHeight + margin / 2,
  width: w * columnWidth - margin,
  height: h * lineHeight - margin,
});

/** The dashboard as SVG: each panel where its JSON places it, with the series that its queries gave. */
export function drawing(seriesOf: ReadonlyMap<string, readonly PanelSeries[]>, note: string): string {
  const placed = dashboard().panels as readonly Placed[];
  const panels = new Map(rows.flatMap((row) => row.panels).map((panel) => [panel.title, panel]));
  const bottom = Math.max(...placed.map(({ gridPos: { y, h } }) => y + h)) * lineHeight;
  const width = 24 * columnWidth;
  const drawn = placed.map((one) => {
    const box = boxOf(one);
    const panel = panels.get(one.title);
    if (one.type === 'row' || !panel)
      return text(box.x + 6, box.y + 14, one.title.replace('$store', '(all)'), { size: 14, weight: 'bold' });
    return drawnPanel(panel, seriesOf.get(one.title) ?? [], box);
  });
  const about = text(10, bottom + 20, note, { colour: '#6a737d' });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + footer}" font-family="sans-serif">`,
    `<rect width="${width}" height="${bottom + footer}" fill="#f4f5f5"/>`,
    ...drawn,
    about,
    '</svg>\n',
  ].join('\n');
}
