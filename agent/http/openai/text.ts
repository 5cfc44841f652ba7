/** Content parts folded into one text; what can't be read is refused with a sentence. */
import type { Content } from '@rockpool/protocol/openai';
import { Refusal } from '@rockpool/protocol/refusal';

/** @param param where the content stood, for the refusal */
export function textOf(content: Content | null | undefined, param: string): string {
  if (typeof content === 'string') return content.toWellFormed();
  const texts = (content ?? []).map((part, index) => textOfPart(part, `${param}.${index}`));
  // A line each: two parts are two things said, and models read run-together words badly.
  return texts.join('\n').toWellFormed();
}

function textOfPart(part: Exclude<Content, string>[number], param: string): string {
  if (part.type === 'refusal') return textField(part.refusal, `${param}.refusal`);
  if (texts.has(part.type)) return textField(part.text, `${param}.text`);
  const what =
    unreadable.find(([kinds]) => kinds.test(part.type))?.[1] ?? `parts of type '${shown(part.type)}'`;
  throw new Refusal('bad-request', `This model reads text only, not ${what}; send text parts.`, {
    param: `${param}.type`,
  });
}

/** What a client sent, fit to stand in a sentence. */
export const shown = (text: string): string => text.replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, 80);

const texts = new Set(['text', 'input_text', 'output_text']);

const unreadable: readonly (readonly [RegExp, string])[] = [
  [/^(input_|output_)?image/, 'images'],
  [/^(input_|output_)?audio/, 'audio'],
  [/^(input_)?video/, 'video'],
  [/^(input_)?file/, 'files'],
];

function textField(text: string | null | undefined, param: string): string {
  if (typeof text === 'string') return text;
  throw new Refusal('bad-request', `Check '${param}': it must be a string.`, { param });
}
