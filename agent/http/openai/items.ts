/** The Responses API's input items as the model's messages: calls join the assistant's message that made them. */
import type { InputItem } from '@rockpool/protocol/openai-responses';
import { Refusal } from '@rockpool/protocol/refusal';
import type { ChatMessage, ToolCall } from '../../inference/model.ts';
import { shown, textOf } from './text.ts';

export function itemsToMessages(
  instructions: string | null | undefined,
  input: string | readonly InputItem[],
): ChatMessage[] {
  const messages: ChatMessage[] = instructions
    ? [{ role: 'system', content: instructions.toWellFormed() }]
    : [];
  if (typeof input === 'string') return [...messages, { role: 'user', content: input.toWellFormed() }];
  for (const [index, item] of input.entries()) addItem(messages, item, `input.${index}`);
  return messages;
}

function addItem(messages: ChatMessage[], item: InputItem, at: string): void {
  switch (item.type ?? 'message') {
    case 'message':
      messages.push(messageOf(item, at));
      break;
    case 'function_call':
      addCall(messages, callOf(item, at));
      break;
    case 'function_call_output':
      messages.push(outputOf(item, at));
      break;
    case 'item_reference':
      throw new Refusal('bad-request', "This device keeps no items; send them whole (with 'store' off).", {
        param: at,
      });
    default:
      throw new Refusal(
        'bad-request',
        `Items of type '${shown(item.type ?? '')}' can't be read; leave them out.`,
        {
          param: `${at}.type`,
        },
      );
  }
}

function messageOf({ role, content: sent }: InputItem, at: string): ChatMessage {
  const content = textOf(sent, `${at}.content`);
  if (role === 'assistant') return { role, content };
  if (sent === null || sent === undefined) throw missing(`${at}.content`, 'a message needs content');
  if (role === 'user') return { role, content };
  if (role === 'system' || role === 'developer') return { role: 'system', content };
  throw missing(`${at}.role`, "must be 'user', 'assistant', 'system' or 'developer'");
}

/** What an assistant says and the calls it makes along with it are one message to the model. */
function addCall(messages: ChatMessage[], call: ToolCall): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') {
    messages.push({ role: 'assistant', content: '', toolCalls: [call] });
    return;
  }
  messages[messages.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] };
}

function callOf({ call_id: id, name, arguments: json }: InputItem, at: string): ToolCall {
  if (!id) throw missing(`${at}.call_id`, 'a call needs it');
  if (!name) throw missing(`${at}.name`, 'a call needs it');
  return { id, name, arguments: json?.trim() ? json.toWellFormed() : '{}' };
}

function outputOf({ call_id: id, output }: InputItem, at: string): ChatMessage {
  if (!id) throw missing(`${at}.call_id`, 'an output names the call that it answers');
  if (output === null || output === undefined)
    throw missing(`${at}.output`, 'must be a string or text parts');
  return { role: 'tool', content: textOf(output, `${at}.output`), toolCallId: id };
}

const missing = (param: string, what: string): Refusal =>
  new Refusal('bad-request', `Check '${param}': ${what}.`, { param });
