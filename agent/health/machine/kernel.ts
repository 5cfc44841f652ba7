/** What the kernel counts in /proc, beside what systeminformation reads. */
import type { Sysfs } from '../../host/jetson/sysfs.ts';

/** `12345.67 54321.00`: seconds since the boot. */
export const parseUptime = (text: string): number | null => {
  const seconds = /^(\d+)(?:\.\d+)?\s/.exec(text)?.[1];
  return seconds === undefined ? null : Number(seconds);
};

/** `oom_kill 3` */
export const parseKills = (vmstat: string): number | null => {
  const count = /^oom_kill (\d+)$/m.exec(vmstat)?.[1];
  return count === undefined ? null : Number(count);
};

/** `full avg10=0.00 avg60=1.25 avg300=0.40 total=123`; absent where the kernel was built without it. */
export const parseStalled = (pressure: string): number | null => {
  const percent = /^full .*\bavg60=(\d+(?:\.\d+)?)/m.exec(pressure)?.[1];
  return percent === undefined ? null : Math.round(Number(percent) * 10);
};

export interface Traffic {
  received: number;
  sent: number;
}

/** Names of interfaces that are made by programs: what passes there passes a real one too, or stays inside. */
const isVirtual = (name: string): boolean =>
  /^(lo|docker|veth|br-|virbr|tun|tap|wg|dummy|tailscale)/.test(name);

/** `  eth0: 123 4 0 0 0 0 0 0 567 8 …`: bytes received stand first, bytes sent ninth. */
export function parseTraffic(text: string): Traffic | null {
  const rows = [...text.matchAll(/^\s*([^\s:]+):\s*(.+)$/gm)].filter(([, name]) => name && !isVirtual(name));
  if (rows.length === 0) return null;
  const sum = (column: number): number =>
    rows.reduce((total, [, , numbers]) => total + Number(numbers?.split(/\s+/)[column] ?? 0), 0);
  return { received: sum(0), sent: sum(8) };
}

/** Bits of a route's flags, route(8): it is up. */
const isUp = 0x1;

/** IPv4: `eth0 00000000 0101A8C0 0003 …`, in hexadecimal; the first destination is "everything". */
export const hasDefaultRoute4 = (text: string): boolean =>
  text
    .split('\n')
    .map((line) => line.split(/\s+/))
    .some(
      ([name, destination, , flags, , , , mask]) =>
        name !== 'lo' &&
        destination === '00000000' &&
        mask === '00000000' &&
        (Number.parseInt(flags ?? '0', 16) & isUp) !== 0,
    );

/** IPv6: destination, its length, source, its length, next hop, metric, references, use, flags, name. */
export const hasDefaultRoute6 = (text: string): boolean =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(
      ([destination, length, , , , , , , flags, name]) =>
        name !== undefined &&
        name !== 'lo' &&
        /^0{32}$/.test(destination ?? '') &&
        length === '00' &&
        (Number.parseInt(flags ?? '0', 16) & isUp) !== 0,
    );

export async function isConnected(sysfs: Sysfs): Promise<boolean | null> {
  const v4 = await sysfs.text('proc/net/route');
  if (v4 !== null && hasDefaultRoute4(v4)) return true;
  const v6 = await sysfs.text('proc/net/ipv6_route');
  if (v6 !== null && hasDefaultRoute6(v6)) return true;
  return v4 === null && v6 === null ? null : false;
}

/** timesyncd leaves a file once it has set the clock; before, it has its folder only. Null where something else keeps it. */
export async function isClockSynchronised(sysfs: Sysfs): Promise<boolean | null> {
  const left = await sysfs.list('run/systemd/timesync');
  if (left.includes('synchronized')) return true;
  return left.length > 0 ? false : null;
}

/** Since the last look, by a clock that only goes forward. */
export function openTrafficRate(): (
  traffic: Traffic | null,
  monoMs: number,
) => {
  receivedKiBps: number | null;
  sentKiBps: number | null;
} {
  let last: { traffic: Traffic; monoMs: number } | undefined;
  return (traffic, monoMs) => {
    const before = last;
    last = traffic === null ? undefined : { traffic, monoMs };
    const seconds = before ? (monoMs - before.monoMs) / 1000 : 0;
    if (traffic === null || !before || seconds <= 0) return { receivedKiBps: null, sentKiBps: null };
    const rate = (now: number, then: number): number | null =>
      // An interface that went away took its count with it.
      now < then ? null : Math.round((now - then) / 1024 / seconds);
    return {
      receivedKiBps: rate(traffic.received, before.traffic.received),
      sentKiBps: rate(traffic.sent, before.traffic.sent),
    };
  };
}

/** Ticks since the boot, of all processors together. */
export interface Ticks {
  cores: number;
  idle: number;
  total: number;
}

/** `cpu  user nice system idle iowait irq softirq steal guest guest_nice`; guests are counted in user already. */
export function parseTicks(stat: string): Ticks | null {
  const numbers = /^cpu\s+(.+)$/m.exec(stat)?.[1]?.trim().split(/\s+/).slice(0, 8).map(Number);
  if (!numbers || numbers.length < 4 || numbers.some(Number.isNaN)) return null;
  const [, , , idle = 0, waiting = 0] = numbers;
  return {
    cores: [...stat.matchAll(/^cpu\d+ /gm)].length,
    idle: idle + waiting,
    total: numbers.reduce((sum, one) => sum + one, 0),
  };
}

/** Busy since the last look, of all that all processors could do. */
export function openCpuLoad(): (ticks: Ticks | null) => number | null {
  let last: Ticks | null = null;
  return (ticks) => {
    const before = last;
    last = ticks;
    const passed = ticks && before ? ticks.total - before.total : 0;
    if (!ticks || !before || passed <= 0) return null;
    const busy = 1 - (ticks.idle - before.idle) / passed;
    return Math.round(Math.min(1, Math.max(0, busy)) * 1000);
  };
}
