/** The model's events in the words of the Responses API: items opened, filled and closed, in the specified order. */
import type {
  OutputCall,
  OutputItem,
  OutputMessage,
  OutputText,
  ResponseEvent,
} from '@rockpool/protocol/openai-responses';
import type { Refusal } from '@rockpool/protocol/refusal';
import type { GenerateEvent } from '../../inference/model.ts';
import { type Ending, type ResponseHead, responseObject } from './response.ts';

/** One answer as far as it has come. Each method returns what is to be told next. */
export class ResponseInProgress {
  readonly #head: ResponseHead;
  readonly #newId: (prefix: string) => string;
  readonly #output: OutputItem[] = [];

  constructor(head: ResponseHead, newId: (prefix: string) => string) {
    this.#head = head;
    this.#newId = newId;
  }

  begin(): ResponseEvent[] {
    const response = this.#snapshot({ status: 'in_progress' });
    return [
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
    ];
  }

  hear(event: GenerateEvent): ResponseEvent[] {
    switch (event.type) {
      case 'delta':
        return event.text === '' ? [] : this.#addText(event.text);
      case 'tool-call':
        return [...this.#close('completed'), ...this.#openCall(event)];
      case 'tool-arguments':
        return this.#addArguments(event.text);
      case 'end':
        return this.#end(event);
      default:
        return [];
    }
  }

  fail({ code, message }: Refusal): ResponseEvent[] {
    const closed = this.#close('incomplete');
    const error = { code: code === 'context-exceeded' ? 'invalid_prompt' : 'server_error', message };
    return [...closed, { type: 'response.failed', response: this.#snapshot({ status: 'failed', error }) }];
  }

  #end({ reason, usage }: Extract<GenerateEvent, { type: 'end' }>): ResponseEvent[] {
    const cut = reason === 'length';
    // An answer of no words is still a message; clients look for one.
    const opened = this.#output.length === 0 ? this.#openMessage().events : [];
    const closed = this.#close(cut ? 'incomplete' : 'completed');
    const response = this.#snapshot({ status: cut ? 'incomplete' : 'completed', usage });
    return [...opened, ...closed, { type: cut ? 'response.incomplete' : 'response.completed', response }];
  }

  #addText(text: string): ResponseEvent[] {
    const last = this.#open();
    const { events, message } =
      last?.type === 'message' ? { events: [], message: last } : this.#openMessage(this.#close('completed'));
    const part = message.content[0];
    if (part) part.text += text;
    const at = { item_id: message.id, output_index: this.#output.length - 1, content_index: 0 };
    return [...events, { type: 'response.output_text.delta', ...at, delta: text, logprobs: [] }];
  }

  #openMessage(before: ResponseEvent[] = []): { events: ResponseEvent[]; message: OutputMessage } {
    const id = this.#newId('msg');
    const empty: OutputMessage = {
      type: 'message',
      id,
      status: 'in_progress',
      role: 'assistant',
      content: [],
    };
    const message: OutputMessage = { ...empty, content: [outputText('')] };
    const output_index = this.#output.push(message) - 1;
    const added = { type: 'response.output_item.added', output_index, item: empty } as const;
    const part = { item_id: id, output_index, content_index: 0, part: outputText('') };
    return { events: [...before, added, { type: 'response.content_part.added', ...part }], message };
  }

  #openCall({ id, name }: { id: string; name: string }): ResponseEvent[] {
    const common = {
      type: 'function_call',
      id: this.#newId('fc'),
      call_id: id,
      name,
      arguments: '',
    } as const;
    const call: OutputCall = { ...common, status: 'in_progress' };
    const output_index = this.#output.push(call) - 1;
    return [{ type: 'response.output_item.added', output_index, item: { ...call } }];
  }

  #addArguments(text: string): ResponseEvent[] {
    const call = this.#open();
    if (call?.type !== 'function_call') return [];
    call.arguments += text;
    const output_index = this.#output.length - 1;
    return [{ type: 'response.function_call_arguments.delta', item_id: call.id, output_index, delta: text }];
  }

  #open(): OutputItem | undefined {
    const last = this.#output.at(-1);
    return last?.status === 'in_progress' ? last : undefined;
  }

  #close(status: 'completed' | 'incomplete'): ResponseEvent[] {
    const item = this.#open();
    if (!item) return [];
    item.status = status;
    const output_index = this.#output.length - 1;
    const filled =
      item.type === 'message' ? messageFilled(item, output_index) : [callFilled(item, output_index)];
    return [...filled, { type: 'response.output_item.done', output_index, item }];
  }

  #snapshot(ending: Ending) {
    return responseObject(this.#head, [...this.#output], ending);
  }
}

const outputText = (text: string): OutputText => ({
  type: 'output_text',
  text,
  annotations: [],
  logprobs: [],
});

function messageFilled({ id, content }: OutputMessage, output_index: number): ResponseEvent[] {
  const part = content[0] ?? outputText('');
  const at = { item_id: id, output_index, content_index: 0 };
  return [
    { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part },
  ];
}

function callFilled({ id, name, arguments: json }: OutputCall, output_index: number): ResponseEvent {
  return { type: 'response.function_call_arguments.done', item_id: id, output_index, name, arguments: json };
}
