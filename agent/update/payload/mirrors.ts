/** Which mirror is asked next, and which no more for a while. Kept in memory: who starts anew believes everybody once more. */
import type { Mirror, SourceFault } from './source.ts';

/** A server may be restarted in the middle of a piece; nobody lies three times by accident. */
const strikesToQuarantine = 3;
const hourMs = 3_600_000;
const quarantineMs = hourMs;
const longestQuarantineMs = 24 * hourMs;
/** After so long without another, strikes are forgotten. */
const decayMs = hourMs;
const restMs = 15_000;
const longestRestMs = 600_000;
const lacksMs = 600_000;

interface Standing {
  strikes: number;
  struckAt: number;
  /** How often it was put away; each time is twice as long. */
  quarantines: number;
  quarantinedUntil: number;
  /** In a row. */
  absences: number;
  restsUntil: number;
  lacks: Map<string, number>;
}

export interface MirrorParts {
  list(): readonly Mirror[];
  now(): number;
}

export class Mirrors {
  private readonly parts: MirrorParts;
  private readonly standings = new Map<string, Standing>();

  constructor(parts: MirrorParts) {
    this.parts = parts;
  }

  /** Whom to ask for an artifact, in this order: near ones first, those who did not answer lately last. */
  inOrder(sha256: string): Mirror[] {
    const now = this.parts.now();
    const may = this.parts.list().filter(({ url }) => {
      const standing = this.standings.get(url);
      if (standing === undefined) return true;
      return standing.quarantinedUntil <= now && (standing.lacks.get(sha256) ?? 0) <= now;
    });
    const rests = ({ url }: Mirror): number => Number((this.standings.get(url)?.restsUntil ?? 0) > now);
    return may.sort((a, b) => rests(a) - rests(b) || Number(b.near) - Number(a.near));
  }

  /** @returns whether it is in quarantine now */
  blame({ url }: Mirror, fault: SourceFault, sha256: string): boolean {
    const now = this.parts.now();
    const standing = this.standingOf(url);
    if (fault === 'lacks') standing.lacks.set(sha256, now + lacksMs);
    if (fault === 'gone') {
      standing.restsUntil = now + Math.min(restMs * 2 ** standing.absences, longestRestMs);
      standing.absences += 1;
    }
    if (fault === 'lies') strike(standing, now);
    return standing.quarantinedUntil > now;
  }

  well({ url }: Mirror): void {
    const standing = this.standings.get(url);
    if (standing === undefined) return;
    standing.absences = 0;
    standing.restsUntil = 0;
  }

  private standingOf(url: string): Standing {
    const known = this.standings.get(url) ?? {
      strikes: 0,
      struckAt: 0,
      quarantines: 0,
      quarantinedUntil: 0,
      absences: 0,
      restsUntil: 0,
      lacks: new Map<string, number>(),
    };
    this.standings.set(url, known);
    return known;
  }
}

/** A good piece forgives nothing: who lies about every second one would never be found out. */
function strike(standing: Standing, now: number): void {
  if (now - standing.struckAt > decayMs) standing.strikes = 0;
  if (now - standing.struckAt > 7 * longestQuarantineMs) standing.quarantines = 0;
  standing.strikes += 1;
  standing.struckAt = now;
  if (standing.strikes < strikesToQuarantine) return;
  standing.quarantinedUntil = now + Math.min(quarantineMs * 2 ** standing.quarantines, longestQuarantineMs);
  standing.quarantines += 1;
  standing.strikes = 0;
}
