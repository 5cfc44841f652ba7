/** A question is looked for in several rooms at once; it is embedded once. */
import type { Model } from './model.ts';

/** Questions of the moment, not a store: a vector of 384 numbers is 1.5 KB. */
const kept = 64;

/** What rooms that search need of the model; a single text that was asked for just now is answered from then. */
export function embedOnce(model: Model): Pick<Model, 'ready' | 'about' | 'embed' | 'embedding'> {
  const recent = new Map<string, Promise<Float32Array[]>>();
  const embed: Model['embed'] = (texts) => {
    const [text] = texts;
    if (texts.length !== 1 || text === undefined) return model.embed(texts);
    const known = recent.get(text);
    if (known !== undefined) return known;
    const made = model.embed(texts);
    recent.set(text, made);
    // A failure is told to those who wait for it, and tried anew by whoever comes next.
    made.catch(() => recent.delete(text));
    const [oldest] = recent.keys();
    if (recent.size > kept && oldest !== undefined) recent.delete(oldest);
    return made;
  };
  return {
    // Asked for late: a model on demand starts when it is waited for.
    get ready() {
      return model.ready;
    },
    about: () => model.about(),
    embed,
    embedding: model.embedding,
  };
}
