/** A finding of the posture, as each judge makes it: what was seen, and what to do when that is not good. */
import type { PostureCode, PostureFinding } from '@rockpool/protocol/posture';

export const good = (code: PostureCode, says: string): PostureFinding => ({
  code,
  state: 'good',
  says,
  cure: null,
});

export const warning = (code: PostureCode, says: string, cure: string): PostureFinding => ({
  code,
  state: 'warning',
  says,
  cure,
});

export const bad = (code: PostureCode, says: string, cure: string): PostureFinding => ({
  code,
  state: 'bad',
  says,
  cure,
});
