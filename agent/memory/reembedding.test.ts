import { expect, test } from 'vitest';
import { asRemote, bob, FakeEmbedder, openMemory } from './memory.fixture.ts';
import { createMemory } from './memory.ts';

/** Makes one batch whenever it is let. */
class SlowEmbedder extends FakeEmbedder {
  readonly #gates: (() => void)[] = [];
  isOpen = false;

  override async embed(texts: readonly string[]): Promise<Float32Array[]> {
    if (!this.isOpen && texts.length === 16) await new Promise<void>((open) => this.#gates.push(open));
    return await super.embed(texts);
  }

  async letOne(): Promise<void> {
    while (this.#gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
    this.#gates.shift()?.();
  }
}

test('another embedder makes its vectors in the background: progress shows, and words find what waits', async () => {
  const home = openMemory();
  for (let i = 0; i < 40; i += 1) await home.say(bob, `Remember: locker number ${i} belongs to team ${i}`);
  expect(home.table.reembedding()).toEqual({ facts: 40, waiting: 0 });

  const model = new SlowEmbedder('two', 128);
  const memory = createMemory({ facts: asRemote(home.table), model, clock: home.clock });
  memory.catchUp();
  await model.letOne();
  await expect.poll(() => home.table.reembedding()).toEqual({ facts: 40, waiting: 24 });
  const found = (await memory.recall(bob, 'Who has locker number 37?')).map(({ fact }) => fact.text);
  expect(found.filter((text) => text.includes('number 37'))).toHaveLength(1);
  model.isOpen = true;
  await model.letOne();
  await expect.poll(() => home.table.reembedding()).toEqual({ facts: 40, waiting: 0 });
  await memory.close();
  await home.close();
});
