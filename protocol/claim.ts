/** The one-time secret by which a controller lets a device in: as a person types it, as a file on a stick, as a QR code. */
import { z } from 'zod';
import { checkSymbols, misfit } from './gf32.ts';
import { Refusal } from './refusal.ts';

/** Crockford's base32: no I, L, O or U, so that what is read aloud or from a label is typed right. */
const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 18 symbols of 5 random bits, then two that check them: `RP-XXXXX-XXXXX-XXXXX-XXXXX`. */
export const claimSecretSymbols = 18;

/** In its one written form; made by `formClaimCode` and `parseClaimCode` only. */
export const ClaimCode = z
  .string()
  .regex(/^RP(?:-[0-9A-HJKMNP-TV-Z]{5}){4}$/)
  .refine((code) => misfit(valuesOf(code)) === null, 'its check symbols do not agree')
  .brand<'ClaimCode'>();
export type ClaimCode = z.infer<typeof ClaimCode>;

const valuesOf = (code: string): number[] =>
  [...code.replace(/^RP|-/g, '')].map((symbol) => symbols.indexOf(symbol));

/**
 * @param secret 18 values of 0–31, at random
 * @returns the code with its check symbols
 */
export function formClaimCode(secret: readonly number[]): ClaimCode {
  if (secret.length !== claimSecretSymbols) throw new RangeError(`a claim has ${claimSecretSymbols} symbols`);
  const all = [...secret, ...checkSymbols(secret)].map((value) => symbols.charAt(value & 31)).join('');
  return ClaimCode.parse(`RP-${all.match(/.{5}/g)?.join('-')}`);
}

/**
 * As typed: in any case, with or without dashes, O for 0, I and L for 1.
 * @throws Refusal `bad-request` that says whether it is too short, too long or mistyped, and in which group
 */
export function parseClaimCode(typed: string): ClaimCode {
  const written = typed.normalize('NFKC').toUpperCase();
  const letters = written
    .replace(/[\p{Pd}\p{Zs}\s]/gu, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  // R and P are symbols too: a code that was typed without its RP may begin with them, and has no dash after them.
  const hasFrame = /^\s*RP\s*\p{Pd}/u.test(written) || letters.length !== claimSecretSymbols + 2;
  const plain = hasFrame ? letters.replace(/^RP/, '') : letters;
  const values = [...plain].map((symbol) => symbols.indexOf(symbol));
  const stray = [...plain].find((_, place) => values[place] === -1);
  if (stray !== undefined) {
    throw new Refusal('bad-request', `A claim has no “${stray}”. Compare it with the paper or the file.`);
  }
  if (values.length !== claimSecretSymbols + 2) {
    throw new Refusal(
      'bad-request',
      `A claim is RP and 20 letters and digits in groups of five; this one has ${values.length}. Compare it with the paper or the file.`,
    );
  }
  const wrong = misfit(values);
  if (wrong !== null) {
    const where =
      wrong === 'several' ? 'group by group' : `starting with group ${Math.floor(wrong.place / 5) + 1}`;
    throw new Refusal(
      'bad-request',
      `This claim is mistyped; compare it with the paper or the file, ${where}.`,
    );
  }
  return ClaimCode.parse(`RP-${plain.match(/.{5}/g)?.join('-')}`);
}

/** Sha256 of a key's SubjectPublicKeyInfo, as `openssl` and browsers write pins. */
export const Pin = z.string().regex(/^sha256\/[A-Za-z0-9+/]{43}=$/);

/** Where a controller enrols devices: an origin, so that nothing in a path can be mistaken for it. */
export const ControllerUrl = z
  .url({ protocol: /^https$/ })
  .max(300)
  .refine(isOrigin, 'https://, a name or address and perhaps a port, and nothing after it');

/** Whether an address is no more than scheme, host and port. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password, pathname, search, hash } = new URL(text);
  return `${username}${password}${search}${hash}` === '' && pathname === '/' && !/[?#@]/.test(text);
}

/** What `rockpool.claim` on a USB stick holds, as JSON; a QR code holds the same in one line. */
export const ClaimFile = z.strictObject({
  version: z.literal(1),
  controller: ControllerUrl.describe('where the controller enrols devices'),
  pin: Pin.describe("sha256 of the controller's public key (SubjectPublicKeyInfo), which TLS must show"),
  claim: ClaimCode,
});
export type ClaimFile = z.infer<typeof ClaimFile>;

/** The file of a stick. */
export const formClaimFile = (file: ClaimFile): string => `${JSON.stringify(file, null, 2)}\n`;

/** One line for a QR code: a phone's camera shows it as text that can be copied into the setup page. */
export const formClaimLine = ({ claim, pin, controller }: ClaimFile): string =>
  `ROCKPOOL1 ${claim} ${pin} ${controller}`;

/** Longer is no claim in any of its forms. */
const claimTextLimit = 4_096;

/**
 * Whatever a person has: the code alone, the line of a QR code, or the text of the file.
 * @returns a code without its controller, or the whole
 * @throws Refusal `bad-request` that says what is wrong with it
 */
export function parseClaimText(text: string): ClaimFile | { claim: ClaimCode } {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed.length > claimTextLimit) throw notAClaim('It is too long.');
  if (trimmed.startsWith('{')) return parseClaimFile(trimmed);
  const line = /^ROCKPOOL(\d+)\s+(\S+)\s+(\S+)\s+(\S+)$/.exec(trimmed);
  if (!line) return { claim: parseClaimCode(trimmed) };
  const [, version, claim = '', pin, controller] = line;
  return checked({ version: Number(version), claim: parseClaimCode(claim), pin, controller });
}

/** @throws Refusal `bad-request` when it is not the text of a claim file of this version */
export function parseClaimFile(text: string): ClaimFile {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw notAClaim('It is not whole.', cause);
  }
  return checked(json);
}

function checked(value: unknown): ClaimFile {
  const parsed = ClaimFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw notAClaim(`${issue?.path.join('.') || 'The file'}: ${issue?.message}.`, parsed.error);
}

const notAClaim = (why: string, cause?: unknown): Refusal =>
  new Refusal(
    'bad-request',
    `This is not a claim as the controller writes it. ${why} Have it made again: rockpool-fleet claim create.`,
    cause === undefined ? {} : { cause },
  );
