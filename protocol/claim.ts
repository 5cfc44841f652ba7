/** The one-time secret by which a controller lets a device in: as a person types it, and as a file on a stick. */
import { z } from 'zod';
import { Refusal } from './refusal.ts';

/** Crockford's base32: no I, L, O or U, so that what is read aloud or from a label is typed right. */
const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 18 symbols of 5 random bits, then two that check them: `RP-XXXXX-XXXXX-XXXXX-XXXXX`. */
export const claimSecretSymbols = 18;

/** In its one written form; made by `formClaimCode` and `parseClaimCode` only. */
export const ClaimCode = z
  .string()
  .regex(/^RP(?:-[0-9A-HJKMNP-TV-Z]{5}){4}$/)
  .brand<'ClaimCode'>();
export type ClaimCode = z.infer<typeof ClaimCode>;

/**
 * @param secret 18 values of 0–31, at random
 * @returns the code with its check symbols
 */
export function formClaimCode(secret: readonly number[]): ClaimCode {
  if (secret.length !== claimSecretSymbols) throw new RangeError(`a claim has ${claimSecretSymbols} symbols`);
  const all = [...secret, ...checkOf(secret)].map((value) => symbols.charAt(value & 31)).join('');
  return ClaimCode.parse(`RP-${all.match(/.{5}/g)?.join('-')}`);
}

/**
 * As typed: in any case, with or without dashes, O for 0, I and L for 1.
 * @throws Refusal `bad-request` that says whether it is too short, too long or mistyped
 */
export function parseClaimCode(typed: string): ClaimCode {
  const plain = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\p{Pd}\s]/gu, '')
    .replace(/^RP/, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  const values = [...plain].map((symbol) => symbols.indexOf(symbol));
  if (values.length !== claimSecretSymbols + 2 || values.includes(-1)) {
    throw new Refusal(
      'bad-request',
      `A claim is RP and 20 letters and digits in groups of five; this one has ${values.length}. Check it against the paper or the file.`,
    );
  }
  const secret = values.slice(0, claimSecretSymbols);
  const code = formClaimCode(secret);
  if (code.replace(/^RP|-/g, '') !== plain) {
    throw new Refusal('bad-request', 'A letter of this claim is mistyped; compare it group by group.');
  }
  return code;
}

/** Two symbols over GF(31)-like sums with different weights: any one wrong symbol and any swapped pair shows. */
function checkOf(secret: readonly number[]): [number, number] {
  let plain = 0;
  let weighted = 0;
  secret.forEach((value, place) => {
    plain = (plain + value) % 32;
    weighted = (weighted + value * (place + 1)) % 31;
  });
  return [plain, weighted];
}

/** What `rockpool.claim` on a USB stick holds, as JSON; a QR code holds the same. */
export const ClaimFile = z.strictObject({
  version: z.literal(1),
  controller: z.url({ protocol: /^https$/ }).describe('where the controller enrols devices'),
  pin: z
    .string()
    .regex(/^sha256\/[A-Za-z0-9+/]{43}=$/)
    .describe("sha256 of the controller's public key (SubjectPublicKeyInfo), which TLS must show"),
  claim: ClaimCode,
});
export type ClaimFile = z.infer<typeof ClaimFile>;
