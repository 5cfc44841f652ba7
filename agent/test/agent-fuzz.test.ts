/** Bad input to everything the agent serves, from its own OpenAPI document. */
import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';
import { type OpenedAgent, openAgent } from './open-agent.ts';

test('whatever is sent to any operation is answered or refused in one sentence', {
  timeout: 240_000,
}, async () => {
  await using agent = await openAgent();
  const local = { authorization: `Bearer ${agent.localCredential}` };
  for (const [name, role] of [
    ['ada', 'admin'],
    ['bo', 'member'],
  ]) {
    await ask(agent, 'POST', '/api/local/people', local, { name, role, password: 'correct horse battery' });
  }
  const bo = { ...local, 'x-rockpool-as': 'bo' };
  await ask(agent, 'POST', '/api/memory', bo, { text: 'The alarm code is 4471.', scope: 'mine' });

  const statuses = await fuzz(agent.app, {
    headers: () => local,
    // Who removes a person removes what they said: that is no bad input.
    skip: ({ method, path }) => method === 'delete' && path.startsWith('/api/people'),
    runs: 40,
  });

  expect(statuses.size).toBeGreaterThan(45);
  expect(agent.errors).toEqual([]);
  const { facts } = await ask<{ facts: { text: string }[] }>(agent, 'GET', '/api/memory', bo);
  expect(facts.map(({ text }) => text)).toContain('The alarm code is 4471.');
  expect(await ask(agent, 'GET', '/readyz', {})).toMatchObject({ ready: true });
});

async function ask<T>(
  { app }: OpenedAgent,
  method: 'GET' | 'POST',
  url: string,
  headers: Record<string, string>,
  payload?: object,
): Promise<T> {
  const answer = await app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
  expect(answer.statusCode, answer.body).toBeLessThan(300);
  return answer.json<T>();
}
