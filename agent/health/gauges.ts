/** Readings as Prometheus names them: base units, and no gauge at all for what can't be read. */
import type { Health } from '@rockpool/protocol/fleet/health';

type Values = (health: Health) => readonly (readonly [of: string, value: number | null])[];

export interface Reading {
  name: string;
  help: string;
  /** Where it has several values, what tells them apart. */
  label?: string;
  values: Values;
}

const one =
  (value: (health: Health) => number | null | undefined): Values =>
  (health) => [['', value(health) ?? null]];
const scaled = (value: number | null | undefined, by: number): number | null =>
  value === null || value === undefined ? null : value * by;
const flag = (value: boolean | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);

const mib = 1024 * 1024;

export const readings: readonly Reading[] = [
  { name: 'uptime_seconds', help: 'Since the machine started.', values: one(({ uptimeS }) => uptimeS) },
  {
    name: 'cpu_load_ratio',
    help: 'Busy share of all processors since the last look.',
    values: one(({ cpu }) => scaled(cpu.loadPermille, 0.001)),
  },
  {
    name: 'memory_available_bytes',
    help: 'Memory that programs can still get; on a Jetson the GPU takes from it too.',
    values: one(({ memory }) => scaled(memory.availableMiB, mib)),
  },
  {
    name: 'memory_total_bytes',
    help: 'Memory of the machine.',
    values: one(({ memory }) => memory.totalMiB * mib),
  },
  {
    name: 'disk_free_bytes',
    help: "Free on the data folder's disk.",
    values: one(({ disk }) => scaled(disk.freeMiB, mib)),
  },
  {
    name: 'disk_wear_ratio',
    help: 'Used of what the drive was made for.',
    values: one(({ disk }) => scaled(disk.wearPercent, 0.01)),
  },
  {
    name: 'temperature_celsius',
    help: 'By zone.',
    label: 'zone',
    values: ({ temperatures }) => temperatures.map(({ zone, milliC }) => [zone, scaled(milliC, 0.001)]),
  },
  {
    name: 'network_received_bytes_per_second',
    help: 'Since the last look.',
    values: one(({ network }) => scaled(network.receivedKiBps, 1024)),
  },
  {
    name: 'network_sent_bytes_per_second',
    help: 'Since the last look.',
    values: one(({ network }) => scaled(network.sentKiBps, 1024)),
  },
  {
    name: 'gpu_load_ratio',
    help: 'Busy share of the GPU.',
    values: one(({ jetson }) => scaled(jetson?.gpuLoadPermille, 0.001)),
  },
  {
    name: 'power_watts',
    help: 'By rail.',
    label: 'rail',
    values: ({ jetson }) => (jetson?.rails ?? []).map(({ rail, milliW }) => [rail, scaled(milliW, 0.001)]),
  },
  {
    name: 'over_currents',
    help: 'Times that the board drew more than it may, since its start.',
    values: one(({ jetson }) => jetson?.overCurrents),
  },
  {
    name: 'under_voltages',
    help: 'Times that its supply fell too low, since its start.',
    values: one(({ jetson }) => jetson?.underVoltages),
  },
  { name: 'fan_rpm', help: 'Turns of the fan in a minute.', values: one(({ jetson }) => jetson?.fanRpm) },
  {
    name: 'throttled',
    help: '1 while the board slows itself down for heat.',
    values: one(({ jetson }) => flag(jetson?.throttled)),
  },
  {
    name: 'clock_synchronised',
    help: '1 while a time server keeps the clock.',
    values: one(({ posture }) => flag(posture.clockSynchronised)),
  },
  {
    name: 'warning_raised',
    help: '1 for each warning that is raised.',
    label: 'code',
    values: ({ warnings }) => warnings.map(({ code }) => [code, 1]),
  },
];
