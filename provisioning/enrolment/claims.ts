/** Which claim a device enrols with: one that a person gave, or one on a stick; and whose it is. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type ClaimFile, parseClaimFile, parseClaimText } from '@rockpool/protocol/claim';
import { Refusal } from '@rockpool/protocol/refusal';
import { EnrolmentRefused } from './refused.ts';

/** What the settings say of the fleet's controller. */
export interface NamedController {
  url: string;
  pin: string;
}

/**
 * A claim as a person gives it: typed, or the text of its file or QR code.
 * @throws Refusal when it is mistyped; EnrolmentRefused when it is for another controller, or names none and the settings don't
 */
export function claimFromText(text: string, named: NamedController | undefined): ClaimFile {
  const claim = parseClaimText(text);
  if ('controller' in claim) return ofNamed(claim, named);
  if (!named) throw new EnrolmentRefused('controller-needed');
  return { version: 1, controller: named.url, pin: named.pin, claim: claim.claim };
}

/**
 * `rockpool.claim` of a stick.
 * @throws as `claimFromText`
 */
export function claimFromFile(path: string, named: NamedController | undefined): ClaimFile {
  return ofNamed(parseClaimFile(headOf(path)), named);
}

/** Whoever plugs a stick in must not be able to take a device to a fleet that its settings don't name. */
function ofNamed(claim: ClaimFile, named: NamedController | undefined): ClaimFile {
  if (!named) return claim;
  if (new URL(claim.controller).origin !== new URL(named.url).origin || claim.pin !== named.pin) {
    throw new EnrolmentRefused('claim-elsewhere', `it names ${claim.controller}, the settings ${named.url}`);
  }
  return claim;
}

/** A claim file has some 250 bytes; the rest of something else is not read. */
const headBytes = 4_097;

/** A stick is anybody's: a link on it could lead to what only root reads, and a pipe would be waited for for ever. */
const plainly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function headOf(path: string): string {
  const file = openPlainly(path);
  try {
    if (!fstatSync(file).isFile()) throw notAFile();
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(file, head, 0, headBytes, 0)).toString('utf8');
  } finally {
    closeSync(file);
  }
}

function openPlainly(path: string): number {
  try {
    return openSync(path, plainly);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ELOOP') throw notAFile(cause);
    throw cause;
  }
}

const notAFile = (cause?: unknown): Refusal =>
  new Refusal(
    'bad-request',
    'What is called rockpool.claim there is no file. Copy the file that `rockpool-fleet claim create` wrote.',
    { cause },
  );
