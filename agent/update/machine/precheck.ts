/** Whether a release may be installed here, as far as that can be known before its bytes are there. Reads nothing. */
import type { Compat, Release, ReleaseKind } from '@rockpool/protocol/update/release';
import type { UpdateReason } from '@rockpool/protocol/update/status';
import type { Board } from '../parts.ts';
import type { FloorValue } from './floor.ts';
import type { Quarantined } from './quarantine.ts';

export interface PrecheckFacts {
  release: Release;
  board: Board;
  floor: FloorValue;
  /** When this very release failed here before. */
  quarantined: Quarantined | undefined;
  again: boolean;
  installed: readonly Release[];
  /** What its bytes need. */
  room: { fits: boolean; says: string };
}

export interface Objection {
  reason: UpdateReason;
  says: string;
}

/** Undefined: nothing speaks against it. What can never pass comes first. */
export function precheck(facts: PrecheckFacts): Objection | undefined {
  const { release, board, installed } = facts;
  return (
    otherBoard(release.compat, board) ??
    belowFloor(release, facts.floor) ??
    quarantinedHere(facts) ??
    lacking(release.compat, installed) ??
    otherBase(release, installed) ??
    tooLittleMemory(release.compat, board) ??
    (facts.room.fits ? undefined : { reason: 'no-space', says: facts.room.says })
  );
}

const notForUs = (says: string): Objection => ({ reason: 'not-for-us', says });

function otherBoard({ arch, boards, l4t }: Compat, board: Board): Objection | undefined {
  if (arch && !arch.includes(board.arch))
    return notForUs(`It is for ${arch.join(' and ')}, and this device has ${board.arch}.`);
  if (boards && !begins(board.board, boards))
    return notForUs(`It is for ${boards.join(', ')}, and this device is ${board.board ?? 'no Jetson'}.`);
  if (l4t && !begins(board.l4t, l4t))
    return notForUs(`It is for Jetson Linux ${l4t.join(', ')}, and this device has ${board.l4t ?? 'none'}.`);
  return undefined;
}

const begins = (is: string | null, allowed: readonly string[]): boolean =>
  is !== null && allowed.some((start) => is.startsWith(start));

function belowFloor({ counter, dataForm }: Release, floor: FloorValue): Objection | undefined {
  if (counter < floor.counter)
    return {
      reason: 'below-floor',
      says: `Its security counter is ${counter}, and this device has committed to ${floor.counter}.`,
    };
  if (dataForm < floor.dataForm)
    return {
      reason: 'below-floor',
      says: `It can't read what this device keeps: form ${floor.dataForm}, and it knows ${dataForm}.`,
    };
  return undefined;
}

const quarantinedHere = ({ quarantined, again }: PrecheckFacts): Objection | undefined =>
  quarantined && !again
    ? { reason: 'quarantined', says: `It was tried here, and failed: ${quarantined.reason}.` }
    : undefined;

function lacking({ needs }: Compat, installed: readonly Release[]): Objection | undefined {
  for (const [kind, counter] of Object.entries(needs ?? {})) {
    const has = highestCounter(kind as ReleaseKind, installed);
    if ((has ?? 0) < counter)
      return notForUs(
        `It needs a release of kind ${kind} with counter ${counter}, and this device has ${has ?? 'none'}.`,
      );
  }
  return undefined;
}

const highestCounter = (kind: ReleaseKind, installed: readonly Release[]): number | undefined =>
  installed
    .filter((release) => release.kind === kind)
    .map(({ counter }) => counter)
    .sort((a, b) => b - a)[0];

/** Of a model that no update brought only its applier knows the hash. */
function otherBase(release: Release, installed: readonly Release[]): Objection | undefined {
  if (release.kind !== 'adapter') return undefined;
  const model = installed.find(({ kind }) => kind === 'model');
  return model?.kind === 'model' && model.artifact.sha256 !== release.base
    ? notForUs(`It was trained on other weights than those of ${model.name} ${model.version}.`)
    : undefined;
}

const tooLittleMemory = ({ memoryMiB }: Compat, board: Board): Objection | undefined =>
  memoryMiB !== undefined && board.memoryMiB < memoryMiB
    ? {
        reason: 'no-memory',
        says: `It needs ${memoryMiB} MiB of memory, and this device has ${board.memoryMiB}.`,
      }
    : undefined;
