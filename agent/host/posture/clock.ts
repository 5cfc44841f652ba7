/** The clock: set by somebody, and not before what was already written. */
import type { PostureFinding } from '@rockpool/protocol/posture';
import { bad, good, warning } from './finding.ts';
import type { Root } from './root.ts';

export interface ClockSeen {
  nowMs: number;
  /** The newest thing that was written here. */
  newestMs: number | undefined;
  /** Since this start; undefined when nothing tells. */
  isSynchronised: boolean | undefined;
}

/** What timesyncd leaves once it has set the clock, systemd-timesyncd.service(8). */
export const synchronisedPath = '/run/systemd/timesync/synchronized';

/** systemd's own look at adjtimex(2): says `yes` for chrony and ntpd too. */
export type AskTimedate = () => Promise<string | undefined>;

export async function readSynchronised(root: Root, ask?: AskTimedate): Promise<boolean | undefined> {
  if (root.stat(synchronisedPath)) return true;
  const said = parseTimedate((await ask?.()) ?? '');
  if (said !== undefined) return said;
  return root.stat('run/systemd/timesync') ? false : undefined;
}

/** `timedatectl show --property=NTPSynchronized` */
export function parseTimedate(text: string): boolean | undefined {
  const value = /^NTPSynchronized=(yes|no)$/m.exec(text)?.[1];
  return value === undefined ? undefined : value === 'yes';
}

/** Nothing of ours was written before: a clock that was never set stands in 1970 or where the board was made. */
const firstMs = Date.UTC(2026, 10, 1);
/** Another program's clock may have been ahead by so much when it wrote. */
const slackMs = 3_600_000;

export function judgeClock({ nowMs, newestMs, isSynchronised }: ClockSeen): PostureFinding {
  const code = 'clock';
  const says = new Date(nowMs).toISOString();
  const cure =
    "let it be set by the network's time server ([network] ntp in provisioning.toml), or by hand with `timedatectl set-time`";
  if (nowMs < firstMs) return bad(code, `it says ${says}, which is long ago.`, cure);
  if (newestMs !== undefined && nowMs < newestMs - slackMs) {
    return bad(code, `it says ${says}, and files here are from ${new Date(newestMs).toISOString()}.`, cure);
  }
  if (isSynchronised === true) return good(code, `it says ${says}, and is kept by a time server.`);
  return warning(code, `it says ${says}; no time server has confirmed that since the start.`, cure);
}
