/** Vectors for facts and questions, for as long as there is an embedder; and those that are missing, made later. */
import { Refusal } from '@rockpool/protocol/refusal';
import type { Model } from '../inference/model.ts';
import type { Store } from '../store/store.ts';
import type { Embedded } from './fact-vectors.ts';
import { usualFor } from './usual.ts';

export type Embedding = Pick<Model, 'embed' | 'embedding'>;
type Facts = Pick<Store['memory'], 'embedder' | 'useEmbedder' | 'unembedded' | 'addVectors'>;

/** A turn waits no longer for a vector: a model may take a minute to load, and what was said is to be stored now. */
const usualPatienceMs = 1_500;

/** A batch holds the embedder up for a fraction of a second, so that a question between two of them hardly waits. */
const batch = 16;

export type FactEmbedding = ReturnType<typeof createFactEmbedding>;

export function createFactEmbedding(facts: Facts, model: Embedding, patienceMs = usualPatienceMs) {
  const closing = new AbortController();
  /** Whose vectors the facts have, as far as this process has made sure. */
  let digest: string | undefined;
  let following: Promise<void> | undefined;
  /** Facts may wait for vectors: at first, and whenever a vector was not to be had. */
  let owed = true;
  let catchingUp: Promise<void> | undefined;
  let failure: unknown;

  async function vectorsOf(texts: readonly string[]): Promise<Embedded[]> {
    const vectors = await model.embed(texts);
    const made = model.embedding.digest;
    if (digest !== made) await follow();
    return vectors.map((vector) => ({ digest: made, vector }));
  }

  /** One at a time: whoever comes meanwhile waits for the same. */
  function follow(): Promise<void> {
    following ??= followEmbedder().finally(() => {
      following = undefined;
    });
    return following;
  }

  async function followEmbedder(): Promise<void> {
    const { digest: wanted, dimensions } = model.embedding;
    const known = await facts.embedder();
    if (known?.digest !== wanted || known.dimensions !== dimensions) {
      const usual = await usualFor((texts) => model.embed(texts));
      await facts.useEmbedder({ digest: wanted, dimensions }, usual);
      owed = true;
    }
    digest = wanted;
  }

  async function reembed(signal: AbortSignal): Promise<number> {
    await follow();
    for (let made = 0; ; ) {
      signal.throwIfAborted();
      const waiting = await facts.unembedded(batch);
      if (waiting.length === 0) return made;
      const vectors = await vectorsOf(waiting.map(({ text }) => text));
      await facts.addVectors(waiting.flatMap(({ id }, i) => (vectors[i] ? [{ id, ...vectors[i] }] : [])));
      made += waiting.length;
    }
  }

  async function payWhatIsOwed(): Promise<void> {
    try {
      while (owed && !closing.signal.aborted) {
        owed = false;
        await reembed(closing.signal);
      }
    } catch (error) {
      owed = true;
      if (!isPassing(error) && !closing.signal.aborted) failure = error;
    } finally {
      catchingUp = undefined;
    }
  }

  /** In the background; what it fails with is told by `close`. */
  function catchUp(): void {
    owed = true;
    if (failure === undefined && !closing.signal.aborted) catchingUp ??= payWhatIsOwed();
  }

  return {
    reembed,
    catchUp,

    /** One for each text; none at all while the embedder is loading, down or too busy. */
    async vectors(texts: readonly string[]): Promise<Embedded[]> {
      if (texts.length === 0) return [];
      try {
        const vectors = await inTime(vectorsOf(texts), patienceMs);
        if (vectors === undefined) owed = true;
        else if (owed) catchUp();
        return vectors ?? [];
      } catch (error) {
        if (!isPassing(error)) throw error;
        owed = true;
        return [];
      }
    },

    async close(): Promise<void> {
      closing.abort();
      await catchingUp;
      if (failure !== undefined) throw failure;
    },
  };
}

const isPassing = (error: unknown): boolean =>
  error instanceof Refusal && ['model-loading', 'model-failed', 'busy', 'memory-away'].includes(error.code);

/** Undefined when it takes longer; how it ends then is nobody's concern any more. */
async function inTime<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
