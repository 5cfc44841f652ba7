/** The device over time: small charts with one time axis, live at its right end. */
import type { Change, DeviceDetail, Samples } from '@rockpool/protocol/fleet/api';
import type { ComponentType } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { showProblem } from '../../parts/toast.tsx';
import { asProblem } from '../../wire/problem.ts';
import { moment } from '../measures.ts';
import { None, Panel, Read } from '../parts/panel.tsx';
import type { ChartProps } from '../uplot.tsx';
import { useLive } from '../use-live.ts';
import { readSamples } from '../wire.ts';
import { language, say } from '../words/say.ts';
import { type ChartPlan, type Curve, extent, measured, plans, spread, withGaps } from './curves.ts';
import { grow, type Measured, measuredOf, withTail } from './tail.ts';

const minuteMs = 60_000;
const ranges = {
  '15m': 15 * minuteMs,
  '1h': 60 * minuteMs,
  '6h': 360 * minuteMs,
  '24h': 1_440 * minuteMs,
  '7d': 10_080 * minuteMs,
} as const;
type Range = keyof typeof ranges;
const rangeNames = ['15m', '1h', '6h', '24h', '7d'] as const satisfies Range[];

/** Of a device that has just come, six hours are empty. */
function firstRange(enrolledAt: number): Range {
  const knownMs = Date.now() - enrolledAt;
  if (knownMs < ranges['1h']) return '15m';
  return knownMs < ranges['6h'] ? '1h' : '6h';
}

interface Span {
  from: number;
  to: number;
}

export function Charts({ device }: { device: DeviceDetail }) {
  const [range, setRange] = useState<Range>(() => firstRange(device.enrolledAt));
  const [own, setOwn] = useState<Span | null>(null);
  const Chart = useChart();
  const tail = useTail(device);
  const shown = useLive(`samples ${device.name} ${range} ${own?.from} ${own?.to}`, {
    read: async () => {
      const to = own?.to ?? Date.now();
      const from = own?.from ?? to - ranges[range];
      return { samples: await readSamples(device.name, from, to), from, to };
    },
    concerns: ({ devices }: Change) => !own && devices !== null && devices.some((one) => one === device.name),
  });
  return (
    <Panel
      title={say('device.charts')}
      kind={shown.isOther ? 'panel-wait' : ''}
      aside={
        <>
          {own ? (
            <Button kind="plain" icon="again" onClick={() => setOwn(null)}>
              {say('device.rangeReset')}
            </Button>
          ) : (
            <span class="panel-note chart-hint">{say('device.chartHint')}</span>
          )}
          <RangeChoice
            range={own ? null : range}
            onRange={(chosen) => {
              setOwn(null);
              setRange(chosen);
            }}
          />
        </>
      }
    >
      <Read shown={shown}>
        {({ samples, from, to }) =>
          Chart && (
            <Drawn
              Chart={Chart}
              samples={samples}
              tail={own ? [] : tail}
              span={{ from, to }}
              onSpan={setOwn}
            />
          )
        }
      </Read>
    </Panel>
  );
}

/** Grows while somebody looks. */
function useTail({ health, healthAt }: DeviceDetail): readonly Measured[] {
  const tail = useRef<readonly Measured[]>([]);
  if (health && healthAt !== null) tail.current = grow(tail.current, measuredOf(health, healthAt));
  return tail.current;
}

/** The charts' library comes with the first device page, not with the dashboard. */
function useChart(): ComponentType<ChartProps> | null {
  const [chart, setChart] = useState<{ Chart: ComponentType<ChartProps> } | null>(null);
  useEffect(() => {
    let isCurrent = true;
    import('../uplot.tsx').then(
      (loaded) => isCurrent && setChart(loaded),
      (cause: unknown) => showProblem(asProblem(cause)),
    );
    return () => {
      isCurrent = false;
    };
  }, []);
  return chart?.Chart ?? null;
}

function RangeChoice({ range, onRange }: { range: Range | null; onRange(range: Range): void }) {
  return (
    <fieldset class="segments">
      <legend class="unseen">{say('device.range')}</legend>
      {rangeNames.map((one) => (
        <button key={one} type="button" aria-pressed={one === range} onClick={() => onRange(one)}>
          {say(`device.range.${one}`)}
        </button>
      ))}
    </fieldset>
  );
}

interface DrawnProps {
  Chart: ComponentType<ChartProps>;
  samples: Samples;
  tail: readonly Measured[];
  span: Span;
  onSpan(span: Span): void;
}

function Drawn({ Chart, samples, tail, span, onSpan }: DrawnProps) {
  const whole = useMemo(() => withTail(withGaps(samples), tail), [samples, tail]);
  const shown = plans
    .map((plan) => ({ plan, curves: measured(plan, whole) }))
    .filter(({ curves }) => curves.length > 0);
  if (shown.length === 0) return <None words={say('device.chartNone')} icon="about" />;
  return (
    <>
      <div class="charts">
        {shown.map(({ plan, curves }) => (
          <One
            key={plan.words}
            Chart={Chart}
            plan={plan}
            curves={curves}
            samples={whole}
            span={span}
            onSpan={onSpan}
          />
        ))}
      </div>
      <Table shown={shown} samples={whole} />
    </>
  );
}

interface OneProps extends Omit<DrawnProps, 'tail'> {
  plan: ChartPlan;
  curves: readonly Curve[];
}

function One({ Chart, plan, curves, samples, span, onSpan }: OneProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  const lines = useMemo(
    () => curves.map(({ column, ink }) => ({ values: samples[column], ink })),
    [samples, curves.length],
  );
  const says = curves
    .map(({ column, words }) => {
      const { last, low, high } = extent(samples[column]);
      const told = { last: plan.told(last), low: plan.told(low), high: plan.told(high) };
      return say('device.chartSays', { name: say(words), ...told });
    })
    .join('; ');
  return (
    <figure class="chart">
      <figcaption class="chart-head">
        <span class="chart-name">{say(plan.words)}</span>
        {curves.map(({ column, words, ink }) => (
          <span key={column} class={`chart-value ink-${ink}`}>
            {curves.length > 1 && <span class="chart-curve">{say(words)}</span>}
            <strong>
              {plan.told(
                pointed === null ? extent(samples[column]).last : (samples[column][pointed] ?? null),
              )}
            </strong>
          </span>
        ))}
      </figcaption>
      <div role="img" aria-label={says}>
        <Chart
          at={samples.at}
          lines={lines}
          from={span.from / 1000}
          to={span.to / 1000}
          most={plan.most}
          told={plan.told}
          language={language.value}
          onPoint={setPointed}
          onSpan={(from, to) => onSpan({ from: from * 1000, to: to * 1000 })}
        />
      </div>
    </figure>
  );
}

const tableRows = 24;

function Table({
  shown,
  samples,
}: {
  shown: readonly { plan: ChartPlan; curves: readonly Curve[] }[];
  samples: Samples;
}) {
  const [isOpen, setOpen] = useState(false);
  const columns = shown.flatMap(({ plan, curves }) => curves.map((curve) => ({ plan, ...curve })));
  return (
    <details class="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{say('device.table')}</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        <section class="table-scroll" tabIndex={0} aria-label={say('device.charts')}>
          <table>
            <thead>
              <tr>
                <th>{say('device.time')}</th>
                {columns.map(({ column, words }) => (
                  <th key={column}>{say(words)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {spread(samples.at.length, tableRows).map((place) => (
                <tr key={place}>
                  <th scope="row">{moment((samples.at[place] ?? 0) * 1000)}</th>
                  {columns.map(({ column, plan }) => (
                    <td key={column}>{plan.told(samples[column][place] ?? null)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
