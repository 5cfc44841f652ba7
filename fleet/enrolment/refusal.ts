/** Why a device is not let in: the code of the protocol and a sentence for whoever stands before the device. */
import { type EnrolRefusalCode, enrolRefusals } from '@rockpool/protocol/enrolment';

export class EnrolRefusal extends Error {
  override readonly name = 'EnrolRefusal';
  readonly code: EnrolRefusalCode;
  readonly retryAfterS: number | undefined;

  constructor(
    code: EnrolRefusalCode,
    message: string,
    { retryAfterS, cause }: { retryAfterS?: number; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryAfterS = retryAfterS;
  }

  get status(): number {
    return enrolRefusals[this.code];
  }
}
