/** Driver for uPlot: one small chart over time. It styles what it makes by CSSOM, which a policy without inline style allows. */
import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { looksDark } from '../shell/screen.ts';
import { locale } from './words/say.ts';

export interface ChartProps {
  /** Seconds since 1970, rising. */
  at: readonly number[];
  lines: readonly { values: readonly (number | null)[]; ink: 'tide' | 'coral' | 'amber' | 'blue' }[];
  /** What the axis shows, also where nothing was measured. */
  from: number;
  to: number;
  most?: number | undefined;
  told(value: number | null): string;
  /** Another language writes other axes. */
  language: string;
  /** The place in `at` under the pointer. */
  onPoint(place: number | null): void;
  onSpan(from: number, to: number): void;
}

const heightPx = 132;
/** Charts of one page show the same moment under the pointer. */
const together = 'device';
const shortestSpanS = 60;
/** So few are told one by one: a line of two points, or of one, is no line. */
const mostPoints = 40;

export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const newest = useRef(props);
  newest.current = props;
  const dark = looksDark.value;

  useEffect(() => {
    const within = place.current;
    if (!within) return;
    const drawn = new UPlot(options(within, newest), dataOf(newest.current), within);
    plot.current = drawn;
    const resized = new ResizeObserver(() => {
      if (within.clientWidth > 0) drawn.setSize({ width: within.clientWidth, height: heightPx });
    });
    resized.observe(within);
    return () => {
      resized.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [dark, props.lines.length, props.language, props.at.length <= mostPoints]);

  useEffect(() => {
    const drawn = plot.current;
    if (!drawn) return;
    drawn.batch(() => {
      drawn.setData(dataOf(newest.current), false);
      drawn.setScale('x', { min: props.from, max: props.to });
    });
  }, [props.at, props.lines, props.from, props.to]);

  return <div class="plot" ref={place} />;
}

const dataOf = ({ at, lines }: ChartProps): UPlot.AlignedData => [
  [...at],
  ...lines.map(({ values }) => [...values]),
];

function options(within: HTMLElement, newest: { current: ChartProps }): UPlot.Options {
  const ink = (name: string): string => colour(within, `--${name}`);
  const text = { stroke: ink('ink-faint'), font: `11px ${getComputedStyle(within).fontFamily}` };
  const grid = { stroke: ink('line'), width: 1 };
  const { lines, from, to } = newest.current;
  return {
    width: Math.max(1, within.clientWidth),
    height: heightPx,
    padding: [8, 6, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: together },
      drag: { x: true, y: false, setScale: false },
      y: false,
      points: { size: 7 },
    },
    scales: {
      x: { time: true, min: from, max: to },
      y: { range: (_, low, high) => rangeOf(low, high, newest.current.most) },
    },
    axes: [
      {
        ...text,
        grid: { show: false },
        ticks: { show: false },
        space: 64,
        size: 26,
        values: (_, splits, _axis, _space, step) => splits.map((second) => timeWords(second, step)),
      },
      {
        ...text,
        grid,
        ticks: { show: false },
        space: 24,
        gap: 4,
        size: (_, values) => 12 + 6.2 * Math.max(4, ...(values ?? []).map((value) => value.length)),
        values: (_, splits) => eachOnce(splits.map((value) => newest.current.told(value))),
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        stroke: ink(line.ink),
        width: 1.5,
        fill: colour(within, `--${line.ink}`, 10),
        points: { show: newest.current.at.length <= mostPoints, size: 4 },
        spanGaps: false,
      })),
    ],
    hooks: {
      setCursor: [({ cursor }) => newest.current.onPoint(cursor.idx ?? null)],
      setSelect: [
        (drawn) => {
          const { left, width } = drawn.select;
          if (width < 4) return;
          const start = drawn.posToVal(left, 'x');
          const end = Math.max(drawn.posToVal(left + width, 'x'), start + shortestSpanS);
          drawn.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          newest.current.onSpan(Math.round(start), Math.round(end));
        },
      ],
    },
  };
}

/** From zero where that says something; else with some air, so that a steady line does not look like a storm. */
function rangeOf(low: number | null, high: number | null, most = 0): [number, number] {
  if (low === null || high === null) return [0, Math.max(1, most)];
  if (most > 0) return [0, Math.max(most, high)];
  const air = Math.max((high - low) * 0.15, Math.abs(high) * 0.06, 1);
  return [low - air < high * 0.4 ? 0 : low - air, high + air];
}

/** Close to each other, two lines may be told alike; the second says nothing. */
const eachOnce = (words: readonly string[]): string[] =>
  words.map((word, place) => (word === words[place - 1] ? '' : word));

function timeWords(second: number, step: number): string {
  const options: Intl.DateTimeFormatOptions =
    step >= 86_400 ? { day: 'numeric', month: 'short' } : { hour: '2-digit', minute: '2-digit' };
  return new Intl.DateTimeFormat(locale(), options).format(second * 1000);
}

/** A token's colour as a canvas takes it: light-dark() is resolved by drawing with it once. */
function colour(within: HTMLElement, token: string, percent = 100): string {
  const probe = document.createElement('span');
  probe.style.color =
    percent === 100 ? `var(${token})` : `color-mix(in srgb, var(${token}) ${percent}%, transparent)`;
  within.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
