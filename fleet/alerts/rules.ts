/** From what is wrong now and which alerts stand to what changes about them. Pure: rows in, rows out. */
import type { WarningSeverity } from '@rockpool/protocol/fleet/warnings';
import { causesOf, clearAfterMs, neverHidden } from './codes.ts';
import { type Finding, type Findings, findingsOf, type Seen } from './findings.ts';

/** An alert that is open. */
export interface Standing {
  id: number;
  code: string;
  severity: WarningSeverity;
  subject: string;
  devices: readonly string[];
  detail: string | null;
  /** Since when its reason is gone; null while it isn't. */
  goneAt: number | null;
  /** How often its reason was gone and came back. */
  returns: number;
  hiddenBy: string | null;
}

/** What is new about a standing alert. */
export interface Changed {
  id: number;
  set: Partial<Omit<Standing, 'id' | 'code' | 'subject'>>;
  /** Told in the feed of events; null for what nobody needs to hear of. */
  what: 'worsened' | 'hidden' | 'shown' | null;
}

export interface Verdict {
  raise: Finding[];
  change: Changed[];
  clear: { id: number }[];
}

export interface RuleOptions {
  /** The label whose value is a site. */
  groupBy: string;
  /** What is wrong with something else than a device. */
  besides?: readonly Finding[];
}

export function judge(
  seen: readonly Seen[],
  standing: readonly Standing[],
  now: number,
  { groupBy, besides = [] }: RuleOptions,
): Verdict {
  const ofDevices = findingsOf(seen, now, groupBy);
  const findings = { ...ofDevices, found: [...ofDevices.found, ...besides] };
  const found = new Map(findings.found.map((one) => [keyOf(one), one]));
  const stood = new Map(standing.map((one) => [keyOf(one), one]));
  const after = standing.map((one) => follow(one, found.get(keyOf(one)), findings, seen, now));
  const left = after.filter(({ isCleared }) => !isCleared);
  const fresh = findings.found.filter(
    (one) => !stood.has(keyOf(one)) && findings.isKnown(one.code, one.subject),
  );
  const hidesIt = hider([...left.map(({ now: one }) => one), ...fresh], seen);
  return {
    // What another explains isn't raised at all: it will be, should it outlast its explanation.
    raise: fresh.filter((one) => hidesIt(one) === null),
    change: left.flatMap((one) => differences(one.before, { ...one.now, hiddenBy: hidesIt(one.now) })),
    clear: after.filter(({ isCleared }) => isCleared).map(({ before: { id } }) => ({ id })),
  };
}

export const keyOf = ({ code, subject }: { code: string; subject: string }): string => `${code} ${subject}`;

interface Followed {
  before: Standing;
  now: Standing;
  isCleared: boolean;
}

function follow(
  before: Standing,
  found: Finding | undefined,
  { isKnown }: Findings,
  seen: readonly Seen[],
  now: number,
): Followed {
  const { code, subject } = before;
  // Nothing is known: it stands as it stood, however long that takes.
  if (!isKnown(code, subject)) return { before, now: before, isCleared: false };
  if (found) {
    const { severity, devices, detail } = found;
    const returns = before.returns + (before.goneAt === null ? 0 : 1);
    return { before, now: { ...before, severity, devices, detail, goneAt: null, returns }, isCleared: false };
  }
  const isInFleet = seen.some(({ name }) => before.devices.includes(name));
  const goneAt = Math.min(before.goneAt ?? now, now);
  const isCleared = !isInFleet || now - goneAt >= holdMs(before);
  return { before, now: { ...before, goneAt }, isCleared };
}

const longestHoldMs = 30 * 60_000;

/** What comes back again and again is taken back later and later. */
const holdMs = ({ code, returns }: Standing): number =>
  Math.min(clearAfterMs(code) * 2 ** Math.min(returns, 10), Math.max(longestHoldMs, clearAfterMs(code)));

/** @returns which alert explains one, or `maintenance`; null for none */
function hider(all: readonly (Finding | Standing)[], seen: readonly Seen[]) {
  const silenced = new Set(seen.filter(({ isSilenced }) => isSilenced).map(({ name }) => name));
  const byDevice = new Map<string, Set<string>>();
  for (const { code, devices } of all) {
    for (const device of devices) {
      const codes = byDevice.get(device) ?? new Set();
      byDevice.set(device, codes.add(code));
    }
  }
  return ({ code, devices }: Finding | Standing): string | null => {
    if (neverHidden.has(code)) return null;
    if (devices.length > 0 && devices.every((device) => silenced.has(device))) return 'maintenance';
    // Explained is what is explained for each device that it is about.
    const cause = causesOf(code).find((one) => devices.every((device) => byDevice.get(device)?.has(one)));
    return devices.length > 0 ? (cause ?? null) : null;
  };
}

const rank: Record<WarningSeverity, number> = { notice: 0, warning: 1, critical: 2 };

function differences(before: Standing, after: Standing): Changed[] {
  const set: Changed['set'] = {};
  if (before.severity !== after.severity) set.severity = after.severity;
  if (before.detail !== after.detail) set.detail = after.detail;
  if (before.devices.join() !== after.devices.join()) set.devices = after.devices;
  if (before.goneAt !== after.goneAt) set.goneAt = after.goneAt;
  if (before.returns !== after.returns) set.returns = after.returns;
  if (before.hiddenBy !== after.hiddenBy) set.hiddenBy = after.hiddenBy;
  if (Object.keys(set).length === 0) return [];
  const hiding = after.hiddenBy === null ? 'shown' : 'hidden';
  const isTold = (before.hiddenBy === null) !== (after.hiddenBy === null);
  const isWorse = rank[after.severity] > rank[before.severity];
  return [{ id: before.id, set, what: isTold ? hiding : isWorse ? 'worsened' : null }];
}
