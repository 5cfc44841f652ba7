/** Why the device said no, or could not be asked: a code, a sentence, and when to try again. */

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: string;
  readonly status: number;
  readonly retryAfterS: number | null;

  constructor(code: string, message: string, status = 0, retryAfterS: number | null = null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

/** Nothing answered at the address: the device is off, or the network is. */
export const unreachable = (cause: unknown) =>
  new Problem('unreachable', 'The device does not answer.', 0, null, cause);

/** Something answered that this page does not understand: usually a page older than its device. */
export const garbled = (what: string, cause?: unknown) =>
  new Problem(
    'garbled',
    `The device sent something this page does not understand (${what}).`,
    0,
    null,
    cause,
  );

export function asProblem(cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  return new Problem('failed', cause instanceof Error ? cause.message : String(cause), 0, null, cause);
}
