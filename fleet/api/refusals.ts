/** How the operators' door says no: one code, one sentence, and nothing of what lies behind. */
import { Refused } from '@rockpool/protocol/fleet/api';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

/** What nobody foresaw is logged here, once. */
export function tellRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = toRefusal(error);
  if (refusal.code === 'failed') request.log.error({ err: error }, 'a request failed');
  if (refusal.detail.retryAfterS !== undefined)
    reply.header('retry-after', Math.ceil(refusal.detail.retryAfterS));
  reply.status(refusal.status).send(refused(refusal));
}

export const refused = ({ code, message }: Refusal) => Refused.parse({ error: { code, message } });

export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation;
    const where = first?.instancePath.split('/').filter(Boolean).join('.') || error.validationContext;
    return new Refusal('bad-request', `Check ${where ?? 'the request'}: ${first?.message ?? 'not valid'}.`);
  }
  const { code = '', statusCode = 500 } = (error ?? {}) as Partial<FastifyError>;
  const known = ofFastify[code];
  if (known) return new Refusal(...known, { cause: error });
  return statusCode >= 400 && statusCode < 500
    ? new Refusal('bad-request', 'The request could not be read; check its headers and body.', {
        cause: error,
      })
    : new Refusal('failed', 'The controller failed; its log says why. Try again.', { cause: error });
}

const ofFastify: Record<
  string,
  ConstructorParameters<typeof Refusal> extends [infer C, infer M, ...unknown[]] ? [C, M] : never
> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too-large', 'The request is larger than any of ours.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported-type',
    "Send JSON, with the header 'content-type: application/json'.",
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['bad-request', 'The body is empty; send a JSON object.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['bad-request', 'The body is not valid JSON.'],
};
