/**
 * A conversation in the words of the model's own chat template, cut into what the template wrote and what people,
 * tools and documents wrote: only the former may become special tokens, so nobody can end their own message and
 * speak as the system.
 */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Render } from './jinja.ts';
import type { ChatMessage, Tool } from './model.ts';
import { createQuotes, type Part, type Quotes } from './quotes.ts';
import { describeTools, writeCall, writeResult } from './tool-prompt.ts';

export interface ChatTemplate {
  /** Up to where the model goes on. */
  prompt(messages: readonly ChatMessage[], tools: readonly Tool[]): Part[];
  /** The conversation as the next turn will begin: up to the next message of the person, whatever that will be. */
  past(messages: readonly ChatMessage[]): Part[];
  /** Whether calls and results are written as the template wants, or in our own words. */
  readonly knowsTools: boolean;
}

/** For weights that bring no template. */
export const chatMl =
  '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

export function createChatTemplate(render: Render, words: { bos: string; eos: string }): ChatTemplate {
  const write = (
    messages: readonly ChatMessage[],
    tools: readonly Tool[],
    goesOn: boolean,
    quotes: Quotes,
  ): string =>
    render({
      messages: messages.map((message) => toTemplate(message, quotes)),
      ...(tools.length > 0
        ? { tools: tools.map((tool) => quotes.within({ type: 'function', function: tool })) }
        : {}),
      add_generation_prompt: goesOn,
      // Thinking aloud costs a person seconds and is no part of the answer.
      enable_thinking: false,
      bos_token: words.bos,
      eos_token: words.eos,
    });
  const knows = probe(write);
  const compose = (
    messages: readonly ChatMessage[],
    tools: readonly Tool[],
    goesOn: boolean,
    cutAt?: string,
  ): Part[] => {
    const adapted = adapt(messages, tools, knows);
    const offered = knows.tools ? tools : [];
    for (const attempt of [adapted, alternate(adapted)]) {
      const quotes = createQuotes();
      try {
        const parts = quotes.parts(write(attempt, offered, goesOn, quotes));
        return cutAt === undefined ? parts : before(parts, cutAt);
      } catch (cause) {
        if (attempt !== adapted) throw refused(cause);
      }
    }
    return [];
  };
  return {
    prompt: (messages, tools) => compose(messages, tools, true),
    past: (messages) =>
      compose([...messages, { role: 'user', content: nextMessage }], [], false, nextMessage),
    knowsTools: knows.tools,
  };
}

/** Stands for what the person will say next; nobody sees it. */
const nextMessage = '\uE002next\uE003';

interface Knows {
  system: boolean;
  tools: boolean;
}

type Write = (
  messages: readonly ChatMessage[],
  tools: readonly Tool[],
  goesOn: boolean,
  quotes: Quotes,
) => string;

/** Templates don't say what they support: try. */
function probe(write: Write): Knows {
  const shows = (messages: readonly ChatMessage[], tools: readonly Tool[], wanted: string[]): boolean => {
    try {
      const quotes = createQuotes();
      const parts = quotes.parts(write(messages, tools, true, quotes));
      const text = parts.map((part) => part.text).join('');
      return wanted.every((word) => text.includes(word));
    } catch {
      return false; // by `raise_exception`: it doesn't
    }
  };
  const user = { role: 'user', content: 'probe-user' } as const;
  const tool = {
    name: 'probe-tool',
    description: 'probe-description',
    parameters: { type: 'object', properties: {} },
  };
  const call = { id: 'callprobe', name: 'probe-tool', arguments: '{"probe":"probe-argument"}' };
  const called: ChatMessage[] = [
    user,
    { role: 'assistant', content: '', toolCalls: [call] },
    { role: 'tool', content: 'probe-result', toolCallId: 'callprobe', name: 'probe-tool' },
  ];
  return {
    system: shows([{ role: 'system', content: 'probe-system' }, user], [], ['probe-system', 'probe-user']),
    tools: shows([user], [tool], ['probe-tool']) && shows(called, [tool], ['probe-argument', 'probe-result']),
  };
}

function toTemplate(message: ChatMessage, quotes: Quotes): Record<string, unknown> {
  const content = quotes.whole(message.content);
  if (message.role === 'tool') {
    const name = message.name === undefined ? {} : { name: message.name };
    return { role: 'tool', content, tool_call_id: message.toolCallId, ...name };
  }
  if (message.role !== 'assistant' || !message.toolCalls?.length) return { role: message.role, content };
  const calls = message.toolCalls.map(({ id, name, arguments: json }) => ({
    id,
    type: 'function',
    function: { name: quotes.within(name), arguments: quotes.within(parseArguments(json)) },
  }));
  return { role: 'assistant', content, tool_calls: calls };
}

/** A client may send back anything as arguments; templates want an object. */
function parseArguments(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** Says in ordinary messages what the template has no words for. */
function adapt(messages: readonly ChatMessage[], tools: readonly Tool[], knows: Knows): ChatMessage[] {
  let adapted = knows.tools ? [...messages] : messages.map(inWords);
  if (!knows.tools && tools.length > 0)
    adapted = withSystem(adapted, (system) => describeTools(system, tools));
  return knows.system ? adapted : foldSystem(adapted);
}

function inWords(message: ChatMessage): ChatMessage {
  if (message.role === 'tool') return { role: 'user', content: writeResult(message.content) };
  if (message.role !== 'assistant' || !message.toolCalls?.length) return message;
  return {
    role: 'assistant',
    content: [message.content, ...message.toolCalls.map(writeCall)].filter(Boolean).join('\n'),
  };
}

function withSystem(messages: readonly ChatMessage[], change: (system: string) => string): ChatMessage[] {
  const [first, ...rest] = messages;
  if (first?.role === 'system') return [{ role: 'system', content: change(first.content) }, ...rest];
  return [{ role: 'system', content: change('') }, ...messages];
}

/** Without a system role its words stand at the head of the first message of the person. */
function foldSystem(messages: readonly ChatMessage[]): ChatMessage[] {
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const rest = messages.filter(({ role }) => role !== 'system');
  if (system.length === 0) return rest;
  const at = rest.findIndex(({ role }) => role === 'user');
  return rest.map((message, i) =>
    i === at ? { role: 'user', content: [...system, message.content].join('\n\n') } : message,
  );
}

/** For templates that demand that person and assistant take turns. */
function alternate(messages: readonly ChatMessage[]): ChatMessage[] {
  const turns: ChatMessage[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (last && last.role === message.role && (message.role === 'user' || message.role === 'system')) {
      turns[turns.length - 1] = { role: message.role, content: `${last.content}\n\n${message.content}` };
    } else turns.push(message);
  }
  return turns;
}

function before(parts: readonly Part[], text: string): Part[] {
  const at = parts.findIndex((part) => part.text.includes(text));
  return parts.slice(0, Math.max(0, at));
}

function refused(cause: unknown): Refusal {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Refusal(
    'bad-request',
    `The chat template of this model does not accept this conversation: ${why}`,
    {
      param: 'messages',
      cause,
    },
  );
}
