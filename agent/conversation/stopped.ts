/** Why an answer ended before its end, when somebody wanted it to. */
import { Refusal } from '@rockpool/protocol/refusal';

export const stopped = (): Refusal =>
  new Refusal('aborted', 'The answer was stopped; what was said so far is kept.');
