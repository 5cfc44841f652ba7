/** The clock, and by whose word it is what it is. */
import { parseTimedate, synchronisedPath } from '@rockpool/agent/host/posture/clock.ts';
import type { Eyes } from './eyes.ts';
import type { ClockFacts } from './facts.ts';

export async function readClock({ root, run }: Eyes): Promise<ClockFacts> {
  const rtc = root.read('sys/class/rtc/rtc0/since_epoch')?.trim();
  return {
    synchronised: root.stat(synchronisedPath) !== undefined || (await askTimedate(run)) === true,
    rtcMs: rtc && /^\d+$/.test(rtc) ? Number(rtc) * 1000 : null,
    floorMs: newest(root),
  };
}

/** systemd's look at adjtimex(2), which chrony and ntpd set too. */
async function askTimedate(run: Eyes['run']): Promise<boolean | undefined> {
  const ran = await run('timedatectl', ['show', '--property=NTPSynchronized'], { timeoutMs: 15_000 });
  // 1: there is no systemd to ask; then nobody says that it is synchronised.
  return ran.code === 0 ? parseTimedate(ran.stdout) : undefined;
}

/** What is as old as the system, and what is written while it runs. systemd starts a clock that lost its time at the first two. */
const dated = [
  'usr/lib/clock-epoch',
  'var/lib/systemd/timesync/clock',
  'opt/rockpool/current/package.json',
  'var/lib/rockpool/device/enrolled.json',
  'var/lib/rockpool/device/receipt.json',
];

function newest(root: Eyes['root']): number {
  return Math.max(...dated.map((path) => root.stat(path)?.mtimeMs ?? 0));
}
