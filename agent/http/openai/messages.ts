/** A chat completion's messages as the model's: roles folded, parts joined, calls and their results paired. */
import type { ChatCompletionMessage } from '@rockpool/protocol/openai';
import { Refusal } from '@rockpool/protocol/refusal';
import type { ChatMessage, ToolCall } from '../../inference/model.ts';
import { textOf } from './text.ts';

export function toMessages(messages: readonly ChatCompletionMessage[]): ChatMessage[] {
  return messages.map((message, index) => toMessage(message, `messages.${index}`));
}

function toMessage(message: ChatCompletionMessage, at: string): ChatMessage {
  const content = textOf(message.content, `${at}.content`);
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content };
    case 'user':
      return userMessage(message, content, at);
    case 'assistant':
      return assistantMessage(message, content, at);
    case 'tool':
      return toolMessage(message, content, at);
    case 'function':
      throw new Refusal(
        'bad-request',
        "Messages of role 'function' are of the old functions API; send 'tool' messages.",
        {
          param: `${at}.role`,
        },
      );
  }
}

/** `name` tells the model who of several people speaks, so it stands where the model reads it. */
function userMessage(
  { name, content: sent }: ChatCompletionMessage,
  content: string,
  at: string,
): ChatMessage {
  if (sent === null || sent === undefined) {
    const param = `${at}.content`;
    throw new Refusal('bad-request', `Check '${param}': a user message needs content.`, { param });
  }
  return { role: 'user', content: name ? `${name}: ${content}` : content };
}

function assistantMessage(message: ChatCompletionMessage, content: string, at: string): ChatMessage {
  if (message.function_call !== undefined && message.function_call !== null) {
    const param = `${at}.function_call`;
    throw new Refusal('bad-request', "'function_call' is of the old functions API; send 'tool_calls'.", {
      param,
    });
  }
  const toolCalls = message.tool_calls?.map(({ id, function: { name, arguments: json } }): ToolCall => {
    // A call without arguments comes back as an empty string from some clients.
    return { id, name, arguments: json.trim() === '' ? '{}' : json.toWellFormed() };
  });
  const text = content || (message.refusal ?? '');
  return { role: 'assistant', content: text, ...(toolCalls?.length ? { toolCalls } : {}) };
}

function toolMessage(
  { tool_call_id: id, name }: ChatCompletionMessage,
  content: string,
  at: string,
): ChatMessage {
  if (!id) {
    const param = `${at}.tool_call_id`;
    throw new Refusal('bad-request', `Check '${param}': a tool message names the call that it answers.`, {
      param,
    });
  }
  return { role: 'tool', content, toolCallId: id, ...(name ? { name } : {}) };
}
