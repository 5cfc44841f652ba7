/** Vectors that were made before are read from a file: of 30,000 texts only the first run embeds all. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Embedding } from '../../agent/memory/embedding.ts';

const keyBytes = 16;

/** Of one embedder: the file's name has its digest. */
export function cachedEmbedder(model: Embedding, folder: string): Embedding & { keep(): void } {
  const { digest, dimensions } = model.embedding;
  const file = join(folder, `rockpool-eval-vectors-${digest.slice(0, 16)}.f32`);
  const recordBytes = keyBytes + dimensions * 4;
  const known = new Map<string, Float32Array>();
  const keyOf = (text: string): Buffer => createHash('sha256').update(text).digest().subarray(0, keyBytes);
  const stored = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  // What a run that was ended left half written is made again.
  for (let at = 0; at + recordBytes <= stored.length; at += recordBytes) {
    const bytes = stored.subarray(at + keyBytes, at + recordBytes);
    known.set(stored.toString('hex', at, at + keyBytes), new Float32Array(Uint8Array.from(bytes).buffer));
  }
  const isWhole = stored.length % recordBytes === 0;
  let fresh: Buffer[] = [];

  return {
    embedding: model.embedding,
    async embed(texts) {
      const keys = texts.map(keyOf);
      const missing = [...new Set(texts.filter((_, i) => !known.has(keys[i]?.toString('hex') ?? '')))];
      const made = missing.length === 0 ? [] : await model.embed(missing);
      for (const [i, vector] of made.entries()) {
        const key = keyOf(missing[i] ?? '');
        known.set(key.toString('hex'), vector);
        fresh.push(key, Buffer.from(Float32Array.from(vector).buffer));
      }
      return keys.map((key) => known.get(key.toString('hex')) as Float32Array);
    },
    /** What was made since the last time is in the file. */
    keep() {
      if (isWhole && fresh.length > 0) appendFileSync(file, Buffer.concat(fresh));
      fresh = [];
    },
  };
}
