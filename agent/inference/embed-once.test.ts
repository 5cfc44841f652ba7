import { expect, test } from 'vitest';
import { FakeModel } from '../test/fake-model.ts';
import { embedOnce } from './embed-once.ts';

/** A model that counts what it embeds. */
function counting() {
  const model = new FakeModel();
  const embedded: string[] = [];
  const embed = model.embed.bind(model);
  model.embed = (texts) => {
    embedded.push(...texts);
    return embed(texts);
  };
  return { model, embedded };
}

test('rooms that ask for the same question share one vector', async () => {
  const { model, embedded } = counting();
  const { embed } = embedOnce(model);
  const [first, second] = await Promise.all([embed(['Where is it?']), embed(['Where is it?'])]);
  expect(first).toEqual(second);
  expect(embedded).toEqual(['Where is it?']);
});

test('a failure is not kept', async () => {
  const { model } = counting();
  let fails = true;
  const embed = model.embed;
  model.embed = (texts) => (fails ? Promise.reject(new Error('away')) : embed(texts));
  const { embed: once } = embedOnce(model);
  await expect(once(['a'])).rejects.toThrow('away');
  fails = false;
  await expect(once(['a'])).resolves.toHaveLength(1);
});

test('what was asked long ago is embedded anew', async () => {
  const { model, embedded } = counting();
  const { embed } = embedOnce(model);
  await embed(['first']);
  for (let i = 0; i < 100; i += 1) await embed([`other ${i}`]);
  await embed(['first']);
  expect(embedded.filter((text) => text === 'first')).toHaveLength(2);
});
