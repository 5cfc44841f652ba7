/** A whole answer, gathered from the model's events. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { GenerateEvent, GenerateUsage, ToolCall } from '../../inference/model.ts';

export type EndReason = Extract<GenerateEvent, { type: 'end' }>['reason'];

export interface Answer {
  text: string;
  calls: readonly ToolCall[];
  reason: EndReason;
  usage: GenerateUsage;
}

export async function gather(events: AsyncIterable<GenerateEvent>): Promise<Answer> {
  let text = '';
  const calls: ToolCall[] = [];
  for await (const event of events) {
    if (event.type === 'delta') text += event.text;
    else if (event.type === 'tool-call')
      calls[event.index] = { id: event.id, name: event.name, arguments: '' };
    else if (event.type === 'tool-arguments') addArguments(calls, event);
    else if (event.type === 'end') return { text, calls, reason: event.reason, usage: event.usage };
  }
  throw endedEarly();
}

function addArguments(calls: ToolCall[], { index, text }: { index: number; text: string }): void {
  const call = calls[index];
  if (call) call.arguments += text;
}

/** The model's contract is one `end` to every answer; without it nobody knows what was said in full. */
export const endedEarly = (): Refusal =>
  new Refusal('model-failed', 'The model broke off its answer; ask again.');
