/** A model that is started by its first use: most commands of the command line never need one. */
import type { ModelAbout } from '@rockpool/protocol/device';
import type { Model } from './model.ts';

/** @param embedding known without starting anything, so that the store can tell whose vectors it holds */
export function onDemand(start: () => Model, embedding: Model['embedding']): Model {
  let started: Model | undefined;
  const model = (): Model => {
    started ??= start();
    return started;
  };
  return {
    get ready(): Promise<ModelAbout> {
      return model().ready;
    },
    embedding,
    about: () => started?.about(),
    async *standBy() {
      // Nothing takes the place of a command's model.
    },
    async *generate(request, signal) {
      await model().ready;
      yield* model().generate(request, signal);
    },
    settle: async (session, messages) => {
      await started?.settle(session, messages);
    },
    forget: (session) => model().forget(session),
    embed: async (texts) => {
      await model().ready;
      return await model().embed(texts);
    },
    count: async (texts) => {
      await model().ready;
      return await model().count(texts);
    },
    load: () => started?.load() ?? { sequences: 0, running: 0, waiting: 0, restarts: 0, swaps: 0 },
    close: async () => {
      await started?.close();
    },
  };
}
