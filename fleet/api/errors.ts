/** How a refusal or a failure is told: the protocol's code, a sentence, and nothing of what lies behind. */
import { EnrolRefused } from '@rockpool/protocol/enrolment';
import { Refusal } from '@rockpool/protocol/refusal';
import type { FastifyError, FastifyReply } from 'fastify';
import type { z } from 'zod';
import { EnrolRefusal } from '../enrolment/refusal.ts';

/** What a field that is wrong is called by its own reason; the rest is `bad-request`. */
const codeOfField = {
  device: 'name-not-allowed',
  deviceCsr: 'csr-not-acceptable',
  lanCsr: 'csr-not-acceptable',
} as const;

/** @throws EnrolRefusal that names the first field that is wrong */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = String(issue?.path[0] ?? '');
  const code = Object.hasOwn(codeOfField, field)
    ? codeOfField[field as keyof typeof codeOfField]
    : 'bad-request';
  throw new EnrolRefusal(
    code,
    `${field || 'The request'}: ${issue?.message ?? 'not understood'}`.slice(0, 900),
    {
      cause: parsed.error,
    },
  );
}

export function toRefusal(error: unknown): EnrolRefusal {
  if (error instanceof EnrolRefusal) return error;
  // Sentences of ours for the operator; a device's technician stands before it and can pass them on.
  if (error instanceof Refusal) return new EnrolRefusal('failed', error.message, { cause: error });
  const status = (error as Partial<FastifyError>).statusCode ?? 500;
  if (status === 413)
    return new EnrolRefusal('too-large', 'The request is larger than any of ours.', { cause: error });
  return status >= 400 && status < 500
    ? new EnrolRefusal('bad-request', 'The request is not JSON that this controller understands.', {
        cause: error,
      })
    : new EnrolRefusal('failed', 'The controller failed; its log says why. Try again later.', {
        cause: error,
      });
}

export async function tell(reply: FastifyReply, refusal: EnrolRefusal): Promise<void> {
  if (refusal.retryAfterS !== undefined) reply.header('retry-after', refusal.retryAfterS);
  const { code, message } = refusal;
  await reply
    .code(refusal.status)
    .send(EnrolRefused.parse({ error: { code, message: message.slice(0, 1_000) } }));
}
