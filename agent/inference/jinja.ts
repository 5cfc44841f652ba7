/** Driver for @huggingface/jinja: a model's chat template as a function. */
import { Template } from '@huggingface/jinja';

export type Render = (variables: Record<string, unknown>) => string;

/** @throws Error when the template can't be parsed; the function throws what `raise_exception` says */
export function compileTemplate(source: string): Render {
  const template = new Template(source);
  return (variables) => template.render(variables);
}
