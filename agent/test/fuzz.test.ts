/** Bad input to the OpenAI-compatible surface; `fuzz` itself takes any app that describes itself. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';
import { ask, type Door, openDoor } from './openai-door.ts';

let door: Door;
beforeAll(async () => {
  door = await openDoor({ limits: { requestsPerMinute: 1e9 } });
});
afterAll(() => door.close());

describe('whatever is sent', () => {
  test('is answered, or refused with one sentence in the right shape', { timeout: 120_000 }, async () => {
    const statuses = await fuzz(door.app, { headers: () => ({ authorization: 'Bearer rp_ada' }), runs: 300 });
    expect([...statuses.keys()].sort()).toEqual([
      'GET /v1/models',
      'GET /v1/models/{model}',
      'POST /v1/chat/completions',
      'POST /v1/embeddings',
      'POST /v1/responses',
    ]);
    for (const [operation, counted] of statuses) {
      if (operation.startsWith('POST'))
        expect([...counted.keys()], operation).toEqual(expect.arrayContaining([200, 400, 413, 415]));
    }
    expect(door.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  test('leaves the device as it was', async () => {
    const answer = await ask(door, '/chat/completions', { messages: [{ role: 'user', content: 'Hello' }] });
    expect(answer.status).toBe(200);
    expect(door.model.running).toBe(0);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});
