/** For tests: vectors by words, so that texts are near when they share some. */
import type { ModelAbout } from '@rockpool/protocol/device';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Model } from '../inference/model.ts';
import { fakeAbout } from '../test/fake-model.ts';

type Embedder = Pick<Model, 'ready' | 'embed' | 'embedding' | 'about'>;

export function fakeEmbedder({
  digest = 'one',
  dimensions = 256,
  loads = true,
} = {}): Embedder & { texts: string[] } {
  const texts: string[] = [];
  return {
    texts,
    ready: loads ? Promise.resolve(fakeAbout) : new Promise<ModelAbout>(() => {}),
    about: () => (loads ? fakeAbout : undefined),
    embedding: { digest, dimensions },
    async embed(asked) {
      if (!loads) throw new Refusal('model-loading', 'The model is loading; try again soon.');
      texts.push(...asked);
      return asked.map((text) => wordVector(text, dimensions));
    },
  };
}

export function wordVector(text: string, dimensions = 256): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? ['']) {
    let at = 7;
    for (const letter of word) at = (at * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
    vector[at % dimensions] = (vector[at % dimensions] ?? 0) + 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
