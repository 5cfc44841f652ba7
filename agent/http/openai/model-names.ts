/** Under which names the models answer, and which there are. */
import type { ModelAbout } from '@rockpool/protocol/device';
import type { ModelCard } from '@rockpool/protocol/openai';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Model } from '../../inference/model.ts';
import { shown } from './text.ts';

/** Whatever model is loaded, so that a client's settings outlive a change of it. */
const alias = 'rockpool';

export async function loaded(model: Model): Promise<ModelAbout> {
  const about = model.about();
  if (about) return about;
  // Rejected when the weights can't be run: then waiting is of no use, and the reason is told.
  await Promise.race([model.ready, undefined]);
  throw new Refusal('model-loading', 'Loading model; try again in a few seconds.', { retryAfterS: 2 });
}

/** The model to chat with, by a name it answers to; no name means it too. */
export async function chatModel(model: Model, asked: string | null | undefined): Promise<ModelAbout> {
  const about = await loaded(model);
  if (asked === null || asked === undefined || namesOf(about).has(asked)) return about;
  throw unknownModel(asked, about.id);
}

export function refuseOtherEmbedder(asked: string | null | undefined, embedder: string): void {
  if (asked === null || asked === undefined || asked === alias || asked === embedder) return;
  throw unknownModel(asked, embedder);
}

export async function cards(model: Model, embedder: string): Promise<ModelCard[]> {
  const { id, createdAt } = await loaded(model);
  return [id, embedder].map((name) => card(name, createdAt));
}

export async function cardOf(model: Model, embedder: string, asked: string): Promise<ModelCard> {
  const about = await loaded(model);
  if (asked !== embedder && !namesOf(about).has(asked)) throw unknownModel(asked, about.id);
  return card(asked === embedder ? embedder : about.id, about.createdAt);
}

const card = (id: string, created: number): ModelCard => ({
  id,
  object: 'model',
  created,
  owned_by: 'rockpool',
});

function namesOf({ id, file }: ModelAbout): Set<string> {
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  return new Set([alias, id, name, name.replace(/\.gguf$/i, '')]);
}

function unknownModel(asked: string, instead: string): Refusal {
  const sentence = `There is no model '${shown(asked)}' for this here; use '${instead}' or '${alias}'.`;
  return new Refusal('model-not-found', sentence, { param: 'model' });
}
