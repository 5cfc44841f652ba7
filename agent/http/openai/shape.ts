/** What an answer may look like: tools, which of them, and a format; checked as a whole, for both APIs. */
import type { ChatCompletionBody } from '@rockpool/protocol/openai';
import type { ResponsesBody } from '@rockpool/protocol/openai-responses';
import { Refusal } from '@rockpool/protocol/refusal';
import type { GenerateRequest, Tool, ToolChoice } from '../../inference/model.ts';
import { shown } from './text.ts';

export type Shape = Pick<GenerateRequest, 'tools' | 'toolChoice' | 'parallelToolCalls' | 'format'>;

export function chatShape(body: ChatCompletionBody): Shape {
  const tools = (body.tools ?? []).map(({ type, function: described }, index) =>
    toTool(type, described, `tools.${index}`),
  );
  const { tool_choice: choice, parallel_tool_calls: parallel, response_format: format } = body;
  const named = typeof choice === 'object' && choice !== null ? choice.function.name : undefined;
  const schema = format?.type === 'json_schema' ? format.json_schema.schema : undefined;
  return shape(tools, choiceOf(choice, named), parallel, formatOf(format?.type, schema), 'response_format');
}

export function responsesShape(body: ResponsesBody): Shape {
  const tools = (body.tools ?? []).map((tool, index) => toTool(tool.type, tool, `tools.${index}`));
  const { tool_choice: choice, parallel_tool_calls: parallel } = body;
  const named = typeof choice === 'object' && choice !== null ? choice.name : undefined;
  const format = body.text?.format;
  const schema = format?.type === 'json_schema' ? format.schema : undefined;
  return shape(tools, choiceOf(choice, named), parallel, formatOf(format?.type, schema), 'text.format');
}

interface Described {
  name?: string | undefined;
  description?: string | null | undefined;
  parameters?: Record<string, unknown> | null | undefined;
}

function toTool(type: string, described: Described | undefined, at: string): Tool {
  if (type !== 'function') {
    throw new Refusal('bad-request', `Only tools of type 'function' can be offered, not '${shown(type)}'.`, {
      param: `${at}.type`,
    });
  }
  if (!described?.name) {
    throw new Refusal('bad-request', `Check '${at}': the function needs a name.`, { param: at });
  }
  const { name, description, parameters } = described;
  return {
    name,
    description: description ?? '',
    parameters: parameters ?? { type: 'object', properties: {} },
  };
}

function choiceOf(
  choice: 'none' | 'auto' | 'required' | object | null | undefined,
  named: string | undefined,
): ToolChoice {
  if (named !== undefined) return { name: named };
  return typeof choice === 'string' ? choice : 'auto';
}

function formatOf(
  type: string | undefined,
  schema: Record<string, unknown> | null | undefined,
): Shape['format'] {
  if (type === undefined || type === 'text') return undefined;
  return schema ? { type: 'schema', schema } : { type: 'json' };
}

function shape(
  tools: readonly Tool[],
  toolChoice: ToolChoice,
  parallel: boolean | null | undefined,
  format: Shape['format'],
  formatParam: string,
): Shape {
  refuseUnlikeNames(tools, toolChoice);
  if (format && tools.length > 0 && toolChoice !== 'none') {
    throw new Refusal(
      'bad-request',
      `Send either tools or '${formatParam}'; one answer can't be held to both.`,
      {
        param: formatParam,
      },
    );
  }
  return {
    ...(tools.length > 0 ? { tools, toolChoice, parallelToolCalls: parallel ?? true } : {}),
    ...(format ? { format } : {}),
  };
}

function refuseUnlikeNames(tools: readonly Tool[], choice: ToolChoice): void {
  const names = new Set(tools.map(({ name }) => name));
  if (names.size < tools.length) {
    throw new Refusal('bad-request', 'Give every tool a name of its own.', { param: 'tools' });
  }
  const param = 'tool_choice';
  if (choice === 'required' && tools.length === 0) {
    throw new Refusal('bad-request', "'tool_choice' is 'required', but no tools were sent.", { param });
  }
  if (typeof choice === 'object' && !names.has(choice.name)) {
    throw new Refusal(
      'bad-request',
      `'tool_choice' names '${shown(choice.name)}', which is not among the tools.`,
      {
        param,
      },
    );
  }
}
