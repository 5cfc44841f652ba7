/** What would change the answer and can't be done is refused, never dropped: a table of fields, each with its sentence. */
import type { ChatCompletionBody } from '@rockpool/protocol/openai';
import type { ResponsesBody } from '@rockpool/protocol/openai-responses';
import { Refusal } from '@rockpool/protocol/refusal';

type Row<Body> = readonly [param: keyof Body & string, isAsked: (body: Body) => boolean, sentence: string];

const asked = (value: unknown): boolean => value !== undefined && value !== null;
const notNeutral = (value: number | null | undefined, neutral: number): boolean =>
  asked(value) && value !== neutral;

const chat: readonly Row<ChatCompletionBody>[] = [
  ['functions', ({ functions }) => asked(functions), "'functions' is replaced by 'tools'; send those."],
  [
    'function_call',
    (body) => asked(body.function_call),
    "'function_call' is replaced by 'tool_choice'; send that.",
  ],
  ['n', ({ n }) => notNeutral(n, 1), "Only 'n' = 1 is possible; ask again for another answer."],
  ['logprobs', ({ logprobs }) => logprobs === true, "'logprobs' are not available; leave it out."],
  [
    'top_logprobs',
    (body) => notNeutral(body.top_logprobs, 0),
    "'top_logprobs' are not available; leave it out.",
  ],
  [
    'logit_bias',
    (body) => Object.keys(body.logit_bias ?? {}).length > 0,
    "'logit_bias' is not available; leave it out.",
  ],
  [
    'presence_penalty',
    (body) => notNeutral(body.presence_penalty, 0),
    "Only 'presence_penalty' = 0 is possible.",
  ],
  [
    'frequency_penalty',
    (body) => notNeutral(body.frequency_penalty, 0),
    "Only 'frequency_penalty' = 0 is possible.",
  ],
  [
    'modalities',
    ({ modalities }) => (modalities ?? []).some((kind) => kind !== 'text'),
    'Answers are text only.',
  ],
  ['audio', ({ audio }) => asked(audio), "Answers are text only; leave 'audio' out."],
  ['web_search_options', (body) => asked(body.web_search_options), 'This device does not search the web.'],
  [
    'verbosity',
    ({ verbosity }) => (verbosity ?? 'medium') !== 'medium',
    "Only 'verbosity' = 'medium' is possible.",
  ],
];

const keepsNothing = 'This device keeps no responses; send the whole conversation as input';

const responses: readonly Row<ResponsesBody>[] = [
  ['previous_response_id', (body) => asked(body.previous_response_id), `${keepsNothing}.`],
  ['conversation', ({ conversation }) => asked(conversation), `${keepsNothing}.`],
  [
    'background',
    ({ background }) => background === true,
    "'background' is not available; wait for the answer or stream it.",
  ],
  [
    'prompt',
    ({ prompt }) => asked(prompt),
    "Stored prompts are not available; send 'instructions' and 'input'.",
  ],
  [
    'truncation',
    (body) => (body.truncation ?? 'disabled') !== 'disabled',
    "Only 'truncation' = 'disabled' is possible.",
  ],
  [
    'top_logprobs',
    (body) => notNeutral(body.top_logprobs, 0),
    "'top_logprobs' are not available; leave it out.",
  ],
  // Anything else that can be included comes from tools or models that this device doesn't have.
  [
    'include',
    ({ include }) => include?.includes('message.output_text.logprobs') ?? false,
    "'logprobs' are not available.",
  ],
  [
    'text',
    ({ text }) => (text?.verbosity ?? 'medium') !== 'medium',
    "Only 'text.verbosity' = 'medium' is possible.",
  ],
];

export const refuseUnhonouredChat = (body: ChatCompletionBody): void => refuseFirst(chat, body);
export const refuseUnhonouredResponse = (body: ResponsesBody): void => refuseFirst(responses, body);

function refuseFirst<Body>(table: readonly Row<Body>[], body: Body): void {
  for (const [param, isAsked, sentence] of table) {
    if (isAsked(body)) throw new Refusal('bad-request', sentence, { param });
  }
}
