/** The machine, as `rockpool doctor` tells it: one line for each kind of reading, and each warning that the agent has raised. */
import { type Registered, type WarningCode, warnings } from '@rockpool/protocol/fleet/warnings';
import type { Readings } from './machine/machine.ts';
import { type Finding, raisedProbe } from './probes.ts';
import { judges } from './warnings/judges.ts';
import { nothingRemembered, remember } from './warnings/memory.ts';
import type { Seen } from './warnings/seen.ts';
import type { Raised } from './warnings/watch.ts';

/** @param nowMs by the wall clock */
export function probeMachine(readings: Readings, nowMs: number): Finding[] {
  const seen: Seen = {
    ...{ nowMs, readings },
    ...{ model: null, posture: null, link: null, selfTest: null, powerMode: null },
  };
  return [
    ...tell('board', boardOf(readings), [], seen),
    ...tell('heat', heatOf(readings), ['fan-stalled', 'near-heat-limit', 'throttled'], seen),
    ...tell('power', powerOf(readings), ['over-current'], seen),
    ...tell('ram', ramOf(readings), ['memory-short'], seen),
    ...tell('drive', driveOf(readings), ['disk-read-only', 'disk-worn'], seen),
    ...tell('network', networkOf(readings), ['network-lost'], seen),
  ];
}

/** What the agent found over time, which one look can't. */
export const probeRaised = (raised: readonly Raised[]): Finding[] =>
  raised.map(({ code, severity, since, detail }) => {
    const { title, cure }: Registered = warnings[code];
    const when = `since ${new Date(since).toISOString().slice(0, 16)}Z`;
    const says = `${title} (${detail === undefined ? when : `${detail}; ${when}`})`;
    return { probe: raisedProbe, state: stateOf[severity], says, cure };
  });

const stateOf = { notice: 'warning', warning: 'warning', critical: 'bad' } as const;

/** Nothing for what can't be read here: a PC is no worse for having no rails. */
function tell(probe: string, says: string | null, codes: readonly WarningCode[], seen: Seen): Finding[] {
  if (says === null) return [];
  const memory = remember(nothingRemembered, seen, 'doctor', 0);
  const [worst] = codes
    .filter((code) => judges[code](seen, memory).is === 'yes')
    .map((code) => warnings[code]);
  if (!worst) return [{ probe, state: 'good', says }];
  const { severity, title, cure }: Registered = worst;
  return [{ probe, state: stateOf[severity], says: `${title} (${says})`, cure }];
}

function boardOf({ jetson }: Readings): string | null {
  if (!jetson) return null;
  const mode = jetson.nvpmodel === null ? null : `power mode ${jetson.nvpmodel}`;
  const release = jetson.l4t === null ? null : `Jetson Linux ${jetson.l4t}`;
  return [jetson.board, release, mode].filter((part) => part !== null).join(', ');
}

function heatOf({ temperatures, jetson }: Readings): string | null {
  const [hottest] = temperatures
    .flatMap(({ zone, milliC }) => (milliC === null ? [] : [{ zone, milliC }]))
    .sort((a, b) => b.milliC - a.milliC);
  if (!hottest) return null;
  const fan = jetson?.fanRpm == null ? '' : `, the fan at ${jetson.fanRpm} rpm`;
  return `${hottest.zone} is the hottest at ${Math.round(hottest.milliC / 1_000)} °C${fan}`;
}

function powerOf({ jetson }: Readings): string | null {
  const rails = (jetson?.rails ?? []).filter(({ milliW }) => milliW !== null);
  if (rails.length === 0) return null;
  const watts = rails.map(({ rail, milliW }) => `${rail} ${((milliW ?? 0) / 1_000).toFixed(1)} W`).join(', ');
  const counted = [
    jetson?.overCurrents ? `over-current ${jetson.overCurrents} times` : '',
    jetson?.underVoltages ? `under-voltage ${jetson.underVoltages} times` : '',
  ].filter(Boolean);
  return counted.length === 0 ? watts : `${watts}; since its start ${counted.join(', ')}`;
}

function ramOf({ memory: { totalMiB, availableMiB, kills } }: Readings): string | null {
  if (availableMiB === null) return null;
  const ended = kills ? `; ${kills} processes were ended for want of it` : '';
  return `${gib(availableMiB)} of ${gib(totalMiB)} GiB available${ended}`;
}

const gib = (mib: number): string => (mib / 1_024).toFixed(1);

function driveOf({ disk: { readOnly, wearPercent } }: Readings): string | null {
  if (readOnly === null && wearPercent === null) return null;
  const wear = wearPercent === null ? 'it does not tell its wear' : `${wearPercent} % worn`;
  return `${readOnly ? 'read-only' : 'can be written'}, ${wear}`;
}

const networkOf = ({ network: { connected } }: Readings): string | null => {
  if (connected === null) return null;
  return connected ? 'a way leads out of its network' : 'no way leads out of its network';
};
