import { Embeddings } from '@rockpool/protocol/openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask, type Door, openDoor } from './openai-door.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

describe('models', () => {
  const get = (path: string) => fetch(`${door.url}${path}`, { headers: { authorization: 'Bearer rp_ada' } });

  test('are listed in an object, and found by each name', async () => {
    const list = (await (await get('/models')).json()) as { object: string; data: { id: string }[] };
    expect(list).toMatchObject({
      object: 'list',
      data: [{ id: 'pebble', object: 'model' }, { id: 'pebble-embed' }],
    });
    for (const name of ['pebble', 'rockpool', 'pebble.gguf'])
      expect(await (await get(`/models/${name}`)).json()).toMatchObject({ id: 'pebble' });
    expect(await (await get('/models/pebble-embed')).json()).toMatchObject({
      id: 'pebble-embed',
      owned_by: 'rockpool',
    });
    const missing = await get('/models/gpt-4o');
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ error: { code: 'model_not_found' } });
  });
});

describe('embeddings', () => {
  const embed = async (body: object) =>
    await ask(door, '/embeddings', { model: 'pebble-embed', input: 'Hello', ...body });

  test('come as numbers and as base64 of the same little-endian floats', async () => {
    const input = ['Hello', '你好 吗'];
    const numbers = Embeddings.parse(await (await embed({ input })).json());
    const base64 = Embeddings.parse(await (await embed({ input, encoding_format: 'base64' })).json());
    expect(numbers).toMatchObject({ model: 'pebble-embed', usage: { prompt_tokens: 3, total_tokens: 3 } });
    expect(numbers.data.map(({ index }) => index)).toEqual([0, 1]);
    const bytes = Buffer.from(String(base64.data[1]?.embedding), 'base64');
    expect(bytes.length).toBe(32 * 4);
    const decoded = Array.from({ length: 32 }, (_, index) => bytes.readFloatLE(index * 4));
    expect(decoded).toEqual(numbers.data[1]?.embedding);
  });

  test('have the dimensions they have, or are refused', async () => {
    expect((await embed({ dimensions: 32 })).status).toBe(200);
    const refused = await embed({ dimensions: 256 });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { param: 'dimensions' } });
  });

  test.each([
    [[]],
    [''],
    [['fine', ' ']],
    [[1, 2, 3]],
    [[[1, 2], [3]]],
    [7],
    ['x'.repeat(32_001)],
    [Array.from({ length: 2049 }, () => 'x')],
    [Array.from({ length: 40 }, () => 'x'.repeat(30_000))],
  ])('of %.40j are refused', async (input) => {
    const refused = await embed({ input });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { param: 'input' } });
  });

  test('of many texts keep their order', async () => {
    const input = Array.from({ length: 100 }, (_, index) => String.fromCharCode(97 + (index % 26)));
    const { data } = Embeddings.parse(await (await embed({ input })).json());
    expect(data.map(({ index }) => index)).toEqual(input.map((_, index) => index));
    expect(data[26]?.embedding).toEqual(data[0]?.embedding);
    expect(data[27]?.embedding).not.toEqual(data[0]?.embedding);
  });
});
