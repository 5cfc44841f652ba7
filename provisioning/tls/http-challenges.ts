/** Answers for a certificate authority that asks over plain port 80: files of the form that the redirecting servers show. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@rockpool/agent/host/files.ts';

/** `TOKEN` in here is served as `/.well-known/acme-challenge/TOKEN`, by whoever has port 80 at the moment. */
export const challengeFolder = '/run/rockpool/acme-challenge';

/** RFC 8555 §8.3; anything else is no name of a file either. */
const tokenForm = /^[A-Za-z0-9_-]{1,256}$/;

/** One kind of proof that a name is ours, put where the authority looks and taken away after. */
export interface Challenges {
  readonly type: 'http-01' | 'dns-01';
  show(asked: ChallengeAsked, signal: AbortSignal): Promise<void>;
  hide(asked: ChallengeAsked, signal: AbortSignal): Promise<void>;
}

export interface ChallengeAsked {
  /** The name that is to be proved, without `*.`. */
  name: string;
  token: string;
  /** What has to be shown; for DNS it is the digest already. */
  answer: string;
}

export function httpChallenges(folder: string = challengeFolder): Challenges {
  const fileOf = (token: string): string => {
    if (!tokenForm.test(token)) throw new RangeError('a token has letters, digits, - and _');
    return join(folder, token);
  };
  return {
    type: 'http-01',
    show: async ({ token, answer }) => {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      writeFileAtomically(fileOf(token), answer, 0o644);
    },
    hide: async ({ token }) => rmSync(fileOf(token), { force: true }),
  };
}
