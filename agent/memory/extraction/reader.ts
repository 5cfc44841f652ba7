/** One message read by the model under a grammar: the lasting facts in it, as sentences. It is shown nothing else. */
import { z } from 'zod';
import type { GenerateRequest, Model } from '../../inference/model.ts';

export interface Drawn {
  facts: string[];
  /** Of the prompt and of the answer. */
  tokens: number;
}

const mostFacts = 5;
const factChars = 200;
const answerTokens = 300;

const system = [
  'You keep the memory of an office assistant. You are given sentences that one person wrote.',
  'List what is worth remembering for months: about that person, their preferences, their colleagues, the office, its rules, dates, numbers and places.',
  "Write each fact as one short sentence that can be understood alone, in the language and with the words of the sentences; the writer stays 'I', the office stays 'we'.",
  'Leave out feelings of the moment, requests, questions, guesses and what others said. Most sentences hold nothing: then the list is empty.',
  'Answer with JSON: {"facts": ["…"]}.',
].join('\n');

const schema = {
  type: 'object',
  properties: {
    facts: {
      type: 'array',
      maxItems: mostFacts,
      items: { type: 'string', minLength: 1, maxLength: factChars },
    },
  },
  required: ['facts'],
  additionalProperties: false,
};
const Answer = z.object({ facts: z.array(z.string()) });

export const requestFor = (sentences: readonly string[]): GenerateRequest => ({
  person: 'memory',
  messages: [
    { role: 'system', content: system },
    { role: 'user', content: sentences.join('\n') },
  ],
  ...{ maxTokens: answerTokens, temperature: 0, format: { type: 'schema', schema } },
});

/** @throws whatever the model does, and when the signal aborts */
export async function readFacts(
  model: Pick<Model, 'generate'>,
  sentences: readonly string[],
  signal: AbortSignal,
): Promise<Drawn> {
  let text = '';
  let tokens = 0;
  for await (const event of model.generate(requestFor(sentences), signal)) {
    if (event.type === 'delta') text += event.text;
    if (event.type === 'end') tokens = event.usage.promptTokens + event.usage.completionTokens;
  }
  signal.throwIfAborted();
  return { facts: factsIn(text), tokens };
}

/** An answer that was cut at its length is no JSON; then there is nothing that could be trusted. */
function factsIn(text: string): string[] {
  try {
    const answer = Answer.safeParse(JSON.parse(text));
    return answer.success
      ? answer.data.facts
          .map((fact) => fact.trim())
          .filter((fact) => fact !== '')
          .slice(0, mostFacts)
      : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
