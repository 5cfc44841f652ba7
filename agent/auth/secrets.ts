/** Every secret the agent hands out: made at random, shown once, kept as its sha256 only. */
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Without 0, O, 1, I and L: it is read from a terminal and typed. */
const readable = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** 256 bits in letters and digits, always equally long. */
export function createSecret(): string {
  let rest = BigInt(`0x${randomBytes(32).toString('hex')}`);
  let text = '';
  for (let i = 0; i < 43; i += 1) {
    text = base62.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}

/** Recognisable in a log or a repository, so that a leaked one is found. */
export const createApiKey = (): string => `rp-${createSecret()}`;

/** About 40 bits: enough behind the throttle, for the minutes that a device has no account. */
export function createSetupCode(): string {
  const letters = Array.from({ length: 8 }, () => readable.charAt(randomInt(readable.length))).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** As typed: without case, dashes or spaces, and in whatever width an input method wrote it. */
export const hashSetupCode = (code: string): string =>
  hashSecret(
    code
      .normalize('NFKC')
      .toUpperCase()
      .replace(/[\p{Pd}\s]/gu, ''),
  );

/** Plain sha256 is right for secrets of 256 random bits; what people choose goes through passwords.ts. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Takes equally long wherever the two differ. */
export const isSameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
