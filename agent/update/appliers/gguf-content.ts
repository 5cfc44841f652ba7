/** Whether a file is what its release says, before any process loads it: a model with a voice of its own, or an adapter of its base. */
import { basename } from 'node:path';
import { type GgufHead, NotGguf, readGguf } from '@rockpool/models/gguf.ts';
import { UpdateError } from '../parts.ts';

/** @throws UpdateError `bad-content` */
export function demandModel(path: string): void {
  const head = demandWhole(path);
  const architecture = architectureOf(head);
  if (head.metadata.get('general.type') === 'adapter') throw bad(path, 'it is an adapter, and no model');
  if (Number(head.metadata.get('split.count') ?? 1) > 1) throw bad(path, 'it is one part of several');
  if (architecture === undefined) throw bad(path, 'it does not say of which architecture it is');
  for (const key of ['block_count', 'embedding_length', 'context_length']) {
    const value = head.metadata.get(`${architecture}.${key}`);
    if (typeof value !== 'number' || value < 1) throw bad(path, `it does not say its ${key}`);
  }
  const template = head.metadata.get('tokenizer.chat_template');
  if (typeof template !== 'string' || template.trim() === '')
    throw bad(path, 'it has no chat template, so nobody could talk with it');
}

/** @throws UpdateError `bad-content` for one that can't belong to this base, whatever its release says */
export function demandAdapter(path: string, basePath: string): void {
  const head = demandWhole(path);
  if (head.metadata.get('general.type') !== 'adapter' || head.metadata.get('adapter.type') !== 'lora')
    throw bad(path, 'it is no LoRA adapter');
  const [own, base] = [architectureOf(head), architectureOf(demandWhole(basePath))];
  if (own === undefined || own !== base)
    throw bad(path, `it is an adapter for ${own ?? 'nothing it names'}, and its base is ${base}`);
}

function demandWhole(path: string): GgufHead {
  const head = headOf(path);
  if (head.tensors === 0) throw bad(path, 'it holds no tensor');
  if (head.neededBytes !== undefined && head.neededBytes > head.fileBytes)
    throw bad(path, 'its tensors reach beyond its end');
  return head;
}

function headOf(path: string): GgufHead {
  try {
    return readGguf(path);
  } catch (cause) {
    if (cause instanceof NotGguf) throw bad(path, cause.message, cause);
    throw cause;
  }
}

function architectureOf({ metadata }: GgufHead): string | undefined {
  const named = metadata.get('general.architecture');
  return typeof named === 'string' && /^[a-z0-9][a-z0-9_-]{0,40}$/.test(named) ? named : undefined;
}

const bad = (path: string, why: string, cause?: unknown): UpdateError =>
  new UpdateError('bad-content', `The file ${basename(path).slice(0, 12)}… can not be used: ${why}.`, {
    cause,
  });
