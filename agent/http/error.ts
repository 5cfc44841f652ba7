/** Every failure on its way out: our shape under /api, OpenAI's under /v1; never a stack, never a prompt. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

/** Sends `error` as its caller expects it. Unexpected ones are logged here, once. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = toRefusal(error);
  if (refusal.status >= 500 && !(error instanceof Refusal))
    request.log.error({ err: error }, 'request failed');
  const { retryAfterS, queueLength } = refusal.detail;
  if (retryAfterS !== undefined) reply.header('retry-after', Math.ceil(retryAfterS));
  if (queueLength !== undefined) reply.header('x-queue-length', queueLength);
  reply.status(refusal.status).send(isOpenAi(request) ? openAiError(refusal) : apiError(refusal));
}

export const isOpenAi = (request: FastifyRequest): boolean => /^\/v1(?:[/?]|$)/.test(request.url);

export const apiError = ({ code, message, detail }: Refusal) => ({
  error: {
    code,
    message,
    ...(detail.param === undefined ? {} : { param: detail.param }),
    ...(detail.retryAfterS === undefined ? {} : { retryAfterS: Math.ceil(detail.retryAfterS) }),
    ...(detail.queueLength === undefined ? {} : { queueLength: detail.queueLength }),
  },
});

/** `type` and `code` as OpenAI's own API answers them; clients switch on both. */
export function openAiError(refusal: Refusal) {
  return {
    error: {
      message: refusal.message,
      type: openAiType(refusal.status),
      param: refusal.detail.param ?? null,
      code: openAiCodes[refusal.code] ?? refusal.code.replaceAll('-', '_'),
    },
  };
}

const openAiCodes: Partial<Record<Refusal['code'], string>> = {
  'not-signed-in': 'invalid_api_key',
  'wrong-password': 'invalid_api_key',
  'context-exceeded': 'context_length_exceeded',
  'too-many-requests': 'rate_limit_exceeded',
  'model-failed': 'server_error',
  failed: 'server_error',
};

function openAiType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  if (status === 503) return 'overloaded_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** What Fastify and the schemas throw, as one sentence each. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const first = error.validation[0];
    const param = (first?.instancePath ?? '').split('/').filter(Boolean).join('.');
    const where = param || (error.validationContext ?? 'body');
    const said = first?.message ?? 'it is not valid';
    // What our schemas say themselves is a sentence; what zod says is the half of one.
    const sentence = said.endsWith('.') ? said : `Check '${where}': ${said}.`;
    return new Refusal('bad-request', sentence, param ? { param } : {});
  }
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  const known = code === undefined ? undefined : fastifyErrors[code];
  if (known) return new Refusal(known.code, known.message, { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Refusal('bad-request', 'The request could not be read; check its headers and body.', {
      cause: error,
    });
  }
  if (isDiskFull(error)) {
    return new Refusal('storage-full', 'The disk is full; delete documents or old chats, then try again.', {
      cause: error,
    });
  }
  return new Refusal(
    'failed',
    'Something went wrong on the device; try again, and tell your administrator if it stays.',
    {
      cause: error,
    },
  );
}

const fastifyErrors: Record<string, { code: Refusal['code']; message: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'too-large', message: 'The request is too large; send less at once.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported-type',
    message: "Send the body as JSON, with the header 'content-type: application/json'.",
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'bad-request', message: 'The body is empty; send a JSON object.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'bad-request', message: 'The body is not valid JSON.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'bad-request',
    message: 'The body is not as long as its header says.',
  },
};

function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ENOSPC' || code === 'SQLITE_FULL';
}
