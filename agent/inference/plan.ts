/** Which weights are loaded, and how: decided from the heads of their files before any process starts. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import {
  describeWeights,
  digestOfSmall,
  fitChatModel,
  UnfitWeights,
  type Weights,
} from '@rockpool/models/weights.ts';
import type { ModelAbout } from '@rockpool/protocol/device';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Model } from './model.ts';
import type { Load } from './wire.ts';

/** Which weights answer people. */
export interface ChatChoice {
  chatModel: string;
  /** The weights that come with Rockpool: known by the name `pebble`. */
  builtIn?: boolean;
  /** What people know it by; left out, the file's name. */
  id?: string;
  /** What was signed: weights of another hash are not served. */
  sha256?: string;
  /** Trained on top of exactly these weights. */
  adapter?: { file: string; sha256: string };
}

export interface ModelChoice extends ChatChoice {
  embedModel: string;
  /** Digests and saved conversations; may be deleted at any time. */
  cacheFolder: string;
  /** For saved conversations. */
  cacheBytes?: number;
  /** Where the model's process keeps them, when it is another user's. */
  sessionsIn?: string;
  /** llama.cpp's waiting threads spin: one core is left for everything else. */
  threads?: number;
  /** Answers at once. */
  sequences?: number;
  contextTokens?: number;
  gpu?: Load['gpu'];
  /** Left out, what this process may still take. */
  availableBytes?: number;
}

export interface ModelPlan {
  load: Load;
  chat: Weights;
  embedding: Model['embedding'];
}

const usualCacheBytes = 2e9;

/** @throws Refusal `model-failed` when the files can't be run here */
export function planModel(choice: ModelChoice): ModelPlan {
  const { chatModel, embedModel, cacheFolder } = choice;
  return refusingUnfit(() => {
    const chat = describeWeights(chatModel);
    const { contextTokens, sequences } = fitChatModel(
      chat,
      choice.availableBytes ?? process.availableMemory(),
      choice,
    );
    const load: Load = {
      ...({ type: 'load', chatModel, embedModel, contextTokens, sequences } as const),
      ...(choice.adapter ? { adapter: choice.adapter.file } : {}),
      cacheFolder: choice.sessionsIn ?? cacheFolder,
      cacheBytes: choice.cacheBytes ?? usualCacheBytes,
      threads: choice.threads ?? Math.max(1, availableParallelism() - 1),
      gpu: choice.gpu ?? 'auto',
      alone: true,
    };
    return { load, chat, embedding: embedderOf(embedModel, cacheFolder) };
  });
}

/** Known without loading anything, so that the store can tell whose vectors it holds. */
export function embedderOf(embedModel: string, cacheFolder: string): Model['embedding'] {
  return refusingUnfit(() => {
    const { dimensions, embeds } = describeWeights(embedModel);
    if (!embeds)
      throw new UnfitWeights(`${basename(embedModel)} writes text and makes no vectors; choose an embedder.`);
    return { dimensions, digest: digestOfSmall(embedModel, cacheFolder) };
  });
}

export function aboutModel(
  { chat }: ModelPlan,
  { builtIn = false, id: known }: Pick<ChatChoice, 'builtIn' | 'id'>,
  contextTokens: number,
  digest: string,
): ModelAbout {
  const file = basename(chat.path);
  const id = builtIn ? 'pebble' : (known ?? file.replace(/\.gguf$/i, ''));
  return {
    ...{ id, file, builtIn, contextTokens, digest },
    label: builtIn ? 'Pebble' : (chat.name ?? id),
    bytes: chat.bytes,
    createdAt: chat.writtenAt,
  };
}

function refusingUnfit<T>(decide: () => T): T {
  try {
    return decide();
  } catch (cause) {
    if (cause instanceof UnfitWeights) throw new Refusal('model-failed', cause.message, { cause });
    throw cause;
  }
}
