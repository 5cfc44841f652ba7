/** Who has given the right code: a cookie for a few hours, gone with this process. */
import { createHash, randomBytes } from 'node:crypto';
import type { Uptime } from './guesses.ts';

/** `__Host-`: browsers send it back to this very host over TLS only, and no other page can set it. */
const cookieName = '__Host-rockpool-setup';
const idleS = 2 * 3600;
/** A phone, a laptop and a colleague's; the one unused for longest makes room. */
const mostAtOnce = 8;

export interface Sessions {
  /** @returns the header that sets the cookie */
  open(): string;
  isOpen(cookieHeader: string | undefined): boolean;
  count(): number;
}

export function createSessions(uptime: Uptime): Sessions {
  /** By the secret's hash: comparing takes equally long whatever was sent. */
  const usedAt = new Map<string, number>();

  function endIdle(): void {
    for (const [hash, at] of usedAt) if (uptime.seconds() - at > idleS) usedAt.delete(hash);
  }

  return {
    open() {
      endIdle();
      if (usedAt.size >= mostAtOnce) usedAt.delete(usedAt.keys().next().value ?? '');
      const secret = randomBytes(32).toString('base64url');
      usedAt.set(hashOf(secret), uptime.seconds());
      return `${cookieName}=${secret}; Path=/; Secure; HttpOnly; SameSite=Strict`;
    },
    isOpen(cookieHeader) {
      endIdle();
      const hash = hashOf(secretIn(cookieHeader));
      if (!usedAt.delete(hash)) return false;
      usedAt.set(hash, uptime.seconds()); // at the end: the map's order is that of their use
      return true;
    },
    count() {
      endIdle();
      return usedAt.size;
    },
  };
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

function secretIn(header: string | undefined): string {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1) ?? '';
}
