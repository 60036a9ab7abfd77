// The chart of docs/performance.svg: two panels, a dot for the median of each work and concurrency, a line from the least to
// the greatest round, and the goal as a tick. Written by hand, because that is all there is to it.
import type { Measurement } from './measure';
import { contenderLabels, others, ratios, workOf, type Other } from './report';

const width = 1000;
const top = 92;
const rowHeight = 22;
const workGap = 18;
const labelWidth = 232;
const panelGap = 40;
const panelWidth = (width - labelWidth - panelGap - 40) / 2;
const colors = ['#1f6feb', '#8250df', '#9a6700', '#116329'];
const ink = '#1f2328';
const pale = '#d0d7de';

interface Panel {
  other: Other;
  left: number;
  /** From a ratio to a place on the axis. */
  x: (ratio: number) => number;
  ticks: number[];
}

export function chartSvg(measurements: Measurement[]): string {
  const concurrencies = [...new Set(measurements.map(({ concurrency }) => concurrency))];
  const rows = placeRows(measurements);
  const bottom = (rows.at(-1)?.y ?? top) + rowHeight;
  const height = bottom + 62;
  const panels = others.map((other, index) => panelOf(measurements, other, index));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="${ink}">`,
    `<title>Requests per second of Ringfence for each of PostGraphile's, and of hand-written SQL's</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(16, 28, 'Requests per second of Ringfence, as a multiple of the other’s', { size: 17, weight: 600 }),
    legend(concurrencies),
    ...rows.filter(({ isFirst }) => isFirst).map(({ y, measurement }) => workLabel(y, measurement)),
    ...panels.flatMap((panel) => [
      axis(panel, bottom),
      ...rows.map((row) => mark(panel, row, concurrencies)),
    ]),
    '</svg>',
    '',
  ].join('\n');
}

interface Row {
  measurement: Measurement;
  y: number;
  /** Whether it is the first of its work. */
  isFirst: boolean;
}

function placeRows(measurements: Measurement[]): Row[] {
  let y = top;
  return measurements.map((measurement, index) => {
    const isFirst = measurements[index - 1]?.work !== measurement.work;
    y += rowHeight + (isFirst && index > 0 ? workGap : 0);
    return { measurement, y, isFirst };
  });
}

/** Logarithmic, so that twice and half as many are equally far from as many. */
function panelOf(measurements: Measurement[], other: Other, index: number): Panel {
  const values = measurements.flatMap((measurement) => {
    const { minimum, maximum } = ratios(measurement, other);
    return [minimum, maximum, workOf(measurement).goals[other]];
  });
  const low = Math.floor(Math.log2(Math.min(...values, 1)) - 0.1);
  const high = Math.ceil(Math.log2(Math.max(...values, 1)) + 0.1);
  const left = labelWidth + index * (panelWidth + panelGap);
  return {
    other,
    left,
    x: (ratio) => left + ((Math.log2(ratio) - low) / (high - low)) * panelWidth,
    ticks: Array.from({ length: high - low + 1 }, (_, step) => 2 ** (low + step)),
  };
}

function axis({ other, left, x, ticks }: Panel, bottom: number): string {
  const lines = ticks.map((tick) => {
    const label = tick < 1 ? `1/${1 / tick}` : String(tick);
    const equal = tick === 1;
    return (
      `<line x1="${at(x(tick))}" y1="${top}" x2="${at(x(tick))}" y2="${bottom}" stroke="${equal ? ink : pale}"/>` +
      text(x(tick), bottom + 18, label, { anchor: 'middle' })
    );
  });
  const title = text(
    left + panelWidth / 2,
    bottom + 42,
    `× ${contenderLabels[other]} (logarithmic; right is faster)`,
    {
      anchor: 'middle',
    },
  );
  const heading = text(
    left + panelWidth / 2,
    top - 12,
    `against ${contenderLabels[other]}${other === 'handwritten' ? ' SQL' : ''}`,
    {
      anchor: 'middle',
      weight: 600,
    },
  );
  return [heading, ...lines, title].join('\n');
}

function mark({ other, x }: Panel, { measurement, y }: Row, concurrencies: number[]): string {
  const { minimum, median, maximum } = ratios(measurement, other);
  const goal = x(workOf(measurement).goals[other]);
  const color = colorOf(measurement.concurrency, concurrencies);
  const middle = y - 4;
  return (
    `<line x1="${at(goal)}" y1="${middle - 9}" x2="${at(goal)}" y2="${middle + 9}" stroke="#cf222e" stroke-width="2"/>` +
    `<line x1="${at(x(minimum))}" y1="${middle}" x2="${at(x(maximum))}" y2="${middle}" stroke="${color}" stroke-width="2"/>` +
    `<circle cx="${at(x(median))}" cy="${middle}" r="5" fill="${color}"/>`
  );
}

function workLabel(y: number, measurement: Measurement): string {
  const { id, title } = workOf(measurement);
  const [first = '', second = ''] = split(title);
  return (
    text(16, y, id, { weight: 600 }) + text(48, y, first) + (second === '' ? '' : text(48, y + 17, second))
  );
}

/** A title in two lines that fit beside the panels. */
function split(title: string): string[] {
  const longest = 28;
  if (title.length <= longest) return [title];
  const space = title.lastIndexOf(' ', longest);
  return [title.slice(0, space), title.slice(space + 1)];
}

function legend(concurrencies: number[]): string {
  const entries = concurrencies.map((concurrency, index) => {
    const left = 16 + index * 150;
    return (
      `<circle cx="${left + 6}" cy="50" r="5" fill="${colorOf(concurrency, concurrencies)}"/>` +
      text(left + 18, 54, `${concurrency} at once`)
    );
  });
  const left = 16 + concurrencies.length * 150;
  return [
    ...entries,
    `<line x1="${left + 6}" y1="42" x2="${left + 6}" y2="58" stroke="#cf222e" stroke-width="2"/>`,
    text(left + 18, 54, 'goal: the dot is on it or right of it'),
    text(left + 270, 54, 'dot: median of the rounds; line: least to greatest'),
  ].join('');
}

const colorOf = (concurrency: number, all: number[]) => colors[all.indexOf(concurrency) % colors.length];
const at = (value: number) => value.toFixed(1);

function text(
  x: number,
  y: number,
  content: string,
  { anchor = 'start', size = 13, weight = 400 }: { anchor?: string; size?: number; weight?: number } = {},
): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" font-size="${size}" font-weight="${weight}">${content}</text>`;
}
