/** The code on a device's label: read by a person, kept as a slow hash only, taken by the setup page and the first account. */
import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';

/** Without 0, O, 1, I and L: it is read from a label and typed on a phone. */
const symbols = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/**
 * The hash lies readable in `provisioning.toml`, and the code has 39 bits, so one guess has to cost: 64 MiB and about a
 * fifth of a second on the device. Ten thousand such guesses a second need two years for all codes.
 */
const cost = { log2N: 16, r: 8, p: 1 } as const;

/** Eight symbols: `7KQM-2XWR`. */
export function createSetupCode(): string {
  const letters = Array.from({ length: 8 }, () => symbols.charAt(randomInt(symbols.length))).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** @returns `scrypt$16$8$1$salt$hash`, as `provisioning.toml` and the credential `setup-code` hold it */
export async function hashSetupCode(code: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(code, salt, cost);
  return ['scrypt', cost.log2N, cost.r, cost.p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** @throws Error when `stored` is no hash of ours: a factory's mistake, not a wrong code */
export async function isSetupCode(code: string, stored: string): Promise<boolean> {
  const { salt, hash, ...made } = parseSetupCodeHash(stored);
  return timingSafeEqual(await derive(code, salt, made), hash);
}

export function isSetupCodeHash(stored: string): boolean {
  try {
    parseSetupCodeHash(stored);
    return true;
  } catch {
    return false;
  }
}

const form = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d)\$([A-Za-z0-9+/]{22}==)\$([A-Za-z0-9+/]{43}=)$/;

/** @throws Error that says how it should look */
export function parseSetupCodeHash(stored: string) {
  const [, log2N, r, p, salt, hash] = form.exec(stored.trim()) ?? [];
  const made = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  // An upper bound too: a hash from elsewhere must not take the device's memory.
  const isBearable = made.log2N >= 14 && made.log2N <= 18 && made.r === 8 && made.p >= 1 && made.p <= 4;
  if (!salt || !hash || !isBearable) {
    throw new Error("a setup code's hash reads 'scrypt$16$8$1$SALT$HASH'; make a new code with its hash");
  }
  return { ...made, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

/** As typed: in any case, with or without dashes and spaces, in whatever width an input method wrote it. */
const plain = (code: string): string =>
  code
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\p{Pd}\s]/gu, '');

function derive(
  code: string,
  salt: Uint8Array,
  { log2N, r, p }: { log2N: number; r: number; p: number },
): Promise<Buffer> {
  const N = 2 ** log2N;
  return new Promise((resolve, reject) => {
    scrypt(plain(code), salt, 32, { N, r, p, maxmem: 129 * N * r * p + 1024 * 1024 }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
