/** An expected "no": a closed code for programs and one sentence that tells a person what to do. */

/** Every reason the agent may refuse for, with the HTTP status it is told by. */
export const refusals = {
  'bad-request': 400,
  'not-signed-in': 401,
  'wrong-password': 401,
  'wrong-code': 401,
  forbidden: 403,
  'foreign-origin': 403,
  'unknown-host': 421,
  'not-found': 404,
  'model-not-found': 404,
  gone: 410,
  'method-not-allowed': 405,
  conflict: 409,
  'too-large': 413,
  'unsupported-type': 415,
  'unreadable-document': 422,
  'context-exceeded': 400,
  'too-many-requests': 429,
  'setup-needed': 409,
  aborted: 499,
  failed: 500,
  'model-failed': 502,
  busy: 503,
  'model-loading': 503,
  'storage-full': 507,
  'quota-reached': 507,
  'memory-away': 503,
  'not-ready': 503,
} as const;

export type RefusalCode = keyof typeof refusals;

export interface RefusalDetail {
  /** Seconds after which trying again makes sense; becomes `retry-after`. */
  retryAfterS?: number;
  /** The field that was wrong, in dots: `messages.0.content`. */
  param?: string;
  /** How many wait already, for `busy`. */
  queueLength?: number;
  cause?: unknown;
}

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly detail: RefusalDetail;

  /** @param message one sentence, for a person, that says what to do */
  constructor(code: RefusalCode, message: string, detail: RefusalDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.detail = detail;
  }

  get status(): number {
    return refusals[this.code];
  }
}
