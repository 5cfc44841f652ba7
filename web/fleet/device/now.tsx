/** What the device measured last, each number with what it is measured against. */
import type { DeviceDetail } from '@rockpool/protocol/fleet/api';
import type { Health } from '@rockpool/protocol/fleet/health';
import {
  dash,
  degrees,
  kibPerSecond,
  mebibytes,
  milliseconds,
  percentOf,
  perSecond,
  plain,
  share,
  watts,
} from '../measures.ts';
import { None, Panel } from '../parts/panel.tsx';
import { count, say } from '../words/say.ts';
import { hottest, power } from './tail.ts';

interface Figure {
  name: string;
  value: string;
  note?: string | null;
  isBad?: boolean;
}

export function Now({ device }: { device: DeviceDetail }) {
  const { health } = device;
  return (
    <Panel title={say('device.now')}>
      {health ? (
        <dl class="figures">
          {figures(health)
            .filter(({ value }) => value !== dash)
            .map(({ name, value, note, isBad }) => (
              <div key={name} class={isBad ? 'figure figure-bad' : 'figure'}>
                <dt>{name}</dt>
                <dd>
                  <span class="figure-value">{value}</span>
                  {note && (
                    <span class="figure-note" title={note}>
                      {note}
                    </span>
                  )}
                </dd>
              </div>
            ))}
        </dl>
      ) : (
        <None words={say('device.unmeasured')} icon="about" />
      )}
    </Panel>
  );
}

function figures(health: Health): Figure[] {
  return [...ofMachine(health), ...ofJetson(health), ...ofModel(health)];
}

const ofTotal = (mib: number | null): string | null =>
  mib === null ? null : say('metric.ofTotal', { total: mebibytes(mib) });

function ofMachine(health: Health): Figure[] {
  const { cpu, memory, disk, network } = health;
  const warmest = hottest(health);
  const isHot =
    warmest?.milliC != null && warmest.limitMilliC !== null && warmest.milliC >= warmest.limitMilliC;
  return [
    { name: say('metric.cpu'), value: share(cpu.loadPermille), note: count('metric.cores', cpu.cores) },
    { name: say('metric.memory'), value: mebibytes(memory.availableMiB), note: ofTotal(memory.totalMiB) },
    {
      name: say('metric.disk'),
      value: mebibytes(disk.freeMiB),
      note: disk.readOnly ? say('metric.readOnly') : ofTotal(disk.totalMiB),
      isBad: disk.readOnly === true,
    },
    { name: say('metric.wear'), value: percentOf(disk.wearPercent) },
    {
      name: say('metric.hottest'),
      value: degrees(warmest?.milliC),
      note: warmest
        ? warmest.limitMilliC === null
          ? warmest.zone
          : `${warmest.zone} · ${say('metric.limit', { value: degrees(warmest.limitMilliC) })}`
        : null,
      isBad: isHot,
    },
    {
      name: say('metric.network'),
      value: kibPerSecond(network.receivedKiBps),
      note: say('metric.inOut', { sent: kibPerSecond(network.sentKiBps) }),
    },
  ];
}

function ofJetson(health: Health): Figure[] {
  const { jetson } = health;
  if (!jetson) return [];
  return [
    {
      name: say('metric.gpu'),
      value: share(jetson.gpuLoadPermille),
      note: jetson.throttled
        ? say('metric.throttled')
        : jetson.gpuMemoryMiB === null
          ? null
          : mebibytes(jetson.gpuMemoryMiB),
      isBad: jetson.throttled === true,
    },
    {
      name: say('metric.power'),
      value: watts(power(health)),
      note: jetson.underVoltages
        ? count('metric.underVoltages', jetson.underVoltages)
        : jetson.overCurrents
          ? count('metric.overCurrents', jetson.overCurrents)
          : jetson.nvpmodel,
      isBad: (jetson.underVoltages ?? 0) > 0,
    },
    {
      name: say('metric.fan'),
      value: share(jetson.fanPermille),
      note: jetson.fanRpm === null ? null : `${plain(jetson.fanRpm)} rpm`,
      isBad: (jetson.fanPermille ?? 0) > 0 && jetson.fanRpm === 0,
    },
  ];
}

function ofModel({ model }: Health): Figure[] {
  return [
    {
      name: say('metric.tokens'),
      value: perSecond(model.milliTokensPerS),
      note: model.loaded ? model.name : say('metric.notLoaded'),
      isBad: !model.loaded,
    },
    {
      name: say('metric.queued'),
      value: plain(model.queued),
      note: say('metric.turns', { active: model.active }),
    },
    {
      name: say('metric.firstToken'),
      value: milliseconds(model.firstTokenP95Ms),
      note:
        model.firstTokenP50Ms === null
          ? null
          : say('metric.p50', { value: milliseconds(model.firstTokenP50Ms) }),
    },
  ];
}
