/** A request body as the model's request: everything checked, nothing that changes the answer dropped. */
import type { ChatCompletionBody } from '@rockpool/protocol/openai';
import type { ResponsesBody } from '@rockpool/protocol/openai-responses';
import type { GenerateRequest } from '../../inference/model.ts';
import { itemsToMessages } from './items.ts';
import { toMessages } from './messages.ts';
import { chatShape, responsesShape } from './shape.ts';
import { refuseUnhonouredChat, refuseUnhonouredResponse } from './unhonoured.ts';

/** All but who asks. */
export type Asked = Omit<GenerateRequest, 'person'>;

export function askedOfChat(body: ChatCompletionBody): Asked {
  refuseUnhonouredChat(body);
  return {
    messages: toMessages(body.messages),
    ...chatShape(body),
    ...sampling(body.temperature, body.top_p, body.max_completion_tokens ?? body.max_tokens),
    ...(typeof body.stop === 'string' ? { stop: [body.stop] } : body.stop?.length ? { stop: body.stop } : {}),
    ...(typeof body.seed === 'number' ? { seed: seedOf(body.seed) } : {}),
  };
}

export function askedOfResponse(body: ResponsesBody): Asked {
  refuseUnhonouredResponse(body);
  return {
    messages: itemsToMessages(body.instructions, body.input),
    ...responsesShape(body),
    ...sampling(body.temperature, body.top_p, body.max_output_tokens),
  };
}

type Left = number | null | undefined;

function sampling(temperature: Left, topP: Left, maxTokens: Left): Partial<GenerateRequest> {
  return {
    ...(typeof temperature === 'number' ? { temperature } : {}),
    ...(typeof topP === 'number' ? { topP } : {}),
    ...(typeof maxTokens === 'number' ? { maxTokens } : {}),
  };
}

/** Clients send 64 bits and negative numbers; samplers take 32 bits. The same seed stays the same. */
const seedOf = (seed: number): number => Number(BigInt.asUintN(32, BigInt(seed)));
