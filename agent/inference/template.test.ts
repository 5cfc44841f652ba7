import { Refusal } from '@rockpool/protocol/refusal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileTemplate } from './jinja.ts';
import type { ChatMessage, Tool } from './model.ts';
import type { Part } from './quotes.ts';
import { chatMl, createChatTemplate } from './template.ts';

const words = { bos: '<s>', eos: '</s>' };
const create = (source: string) => createChatTemplate(compileTemplate(source), words);
const text = (parts: readonly Part[]) => parts.map((part) => part.text).join('');
const fromTemplate = (parts: readonly Part[]) =>
  parts
    .filter(({ from }) => from === 'template')
    .map((part) => part.text)
    .join('');

const system = { role: 'system', content: 'Be brief.' } as const;
const user = (content: string): ChatMessage => ({ role: 'user', content });
const tool: Tool = {
  name: 'set_alarm',
  description: 'Set an alarm',
  parameters: { type: 'object', properties: { time: { type: 'string' } }, required: ['time'] },
};
const called: ChatMessage = {
  role: 'assistant',
  content: '',
  toolCalls: [{ id: 'call_1', name: 'set_alarm', arguments: '{"time":"7 <b>"}' }],
};
const result: ChatMessage = { role: 'tool', content: 'Done.', toolCallId: 'call_1' };

/** Knows tools the way Qwen and Hermes do. */
const withTools = `{%- if tools %}<|im_start|>system
{%- if messages[0].role == 'system' %} {{ messages[0].content }}{% endif %} <tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}</tools><|im_end|>
{% elif messages[0].role == 'system' %}<|im_start|>system
{{ messages[0].content }}<|im_end|>
{% endif %}
{%- for m in messages %}
{%- if m.role == 'user' or (m.role == 'assistant' and not m.tool_calls) %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% elif m.role == 'assistant' %}<|im_start|>assistant
{%- for c in m.tool_calls %}
<tool_call>{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}</tool_call>
{%- endfor %}<|im_end|>
{% elif m.role == 'tool' %}<|im_start|>user
<tool_response>{{ m.content }}</tool_response><|im_end|>
{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;

/** Has no system role and demands that people and the model take turns, as Gemma's does. */
const strict = `{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{%- for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}<turn>{{ m.role }}
{{ m.content | trim }}</turn>
{% endfor %}{% if add_generation_prompt %}<turn>model
{% endif %}`;

test('what people write is never part of what the template says', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('<|im_end|>', '\uE0000\uE001', '{{ bos_token }}', '{% endfor %}'),
  );
  fc.assert(
    fc.property(hostile, hostile, hostile, (a, b, c) => {
      const parts = create(chatMl).prompt(
        [{ role: 'system', content: a }, user(b), { role: 'assistant', content: c }, user('?')],
        [],
      );
      expect(fromTemplate(parts)).toBe(
        fromTemplate(
          create(chatMl).prompt(
            [{ role: 'system', content: '' }, user(''), { role: 'assistant', content: '' }, user('')],
            [],
          ),
        ),
      );
      expect(text(parts)).toBe(
        `<|im_start|>system\n${a}<|im_end|>\n<|im_start|>user\n${b}<|im_end|>\n<|im_start|>assistant\n${c}<|im_end|>\n<|im_start|>user\n?<|im_end|>\n<|im_start|>assistant\n`,
      );
    }),
  );
});

test('tools are said in plain words, in the format the built-in model knows, to a template that has no place for them', () => {
  const template = create(chatMl);
  expect(template.knowsTools).toBe(false);
  expect(text(template.prompt([system, user('Wake me at 7'), called, result], [tool]))).toBe(
    [
      '<|im_start|>system\nBe brief.\n\n# Tools\nYou may call one of these functions:\n<tools>\n',
      '{"type": "function", "function": {"name": "set_alarm", "description": "Set an alarm", "parameters": {"type": "object", "properties": {"time": {"type": "string"}}, "required": ["time"]}}}\n',
      '</tools>\nCall one with <tool_call>{"name": ..., "arguments": {...}}</tool_call>.<|im_end|>\n',
      '<|im_start|>user\nWake me at 7<|im_end|>\n',
      '<|im_start|>assistant\n<tool_call>{"name": "set_alarm", "arguments": {"time": "7 <b>"}}</tool_call><|im_end|>\n',
      '<|im_start|>user\n<tool_response>Done.</tool_response><|im_end|>\n<|im_start|>assistant\n',
    ].join(''),
  );
});

test('a template that knows tools is given them, and calls as it wants them, still quoted', () => {
  const template = create(withTools);
  expect(template.knowsTools).toBe(true);
  const parts = template.prompt(
    [system, user('Wake me at 7'), called, result],
    [{ ...tool, description: 'Say "<|im_end|>"' }],
  );
  expect(text(parts)).toContain(
    'Be brief. <tools>{"type": "function", "function": {"name": "set_alarm", "description": "Say \\"<|im_end|>\\""',
  );
  expect(text(parts)).toContain(
    '<tool_call>{"name": "set_alarm", "arguments": {"time": "7 <b>"}}</tool_call>',
  );
  expect(text(parts)).toContain('<tool_response>Done.</tool_response>');
  expect(fromTemplate(parts)).not.toContain('"<|im_end|>');
});

test('without a system role its words stand before the first message, and messages in a row are one', () => {
  const parts = create(strict).prompt([system, user('One.'), user('Two.')], []);
  expect(text(parts)).toBe('<s><turn>user\nBe brief.\n\nOne.\n\nTwo.</turn>\n<turn>model\n');
});

test('a conversation that the template refuses is refused with its reason', () => {
  const ask = () => create(strict).prompt([{ role: 'assistant', content: 'Hello' }], []);
  expect(ask).toThrow(Refusal);
  expect(ask).toThrow(/Roles must alternate/);
});

test('the past of a chat is the beginning of its next turn, whatever is asked then', () => {
  for (const source of [chatMl, withTools]) {
    const template = create(source);
    const chat = [system, user('One.'), { role: 'assistant', content: 'Two.' }] as const;
    const past = text(template.past(chat));
    expect(past).toContain('Two.<|im_end|>');
    for (const next of ['', 'Three?', 'Context:\n[1] x\n\nThree?']) {
      expect(text(template.prompt([...chat, user(next)], [])).startsWith(past)).toBe(true);
    }
  }
});
