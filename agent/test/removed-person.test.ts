import { expect, test } from 'vitest';
import { type OpenedAgent, openAgent } from './open-agent.ts';
import { until } from './openai-door.ts';

/** Through the door, as the command line. */
const ask = async (agent: OpenedAgent, method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) =>
  await agent.app.inject({
    ...{ method, url },
    ...(payload ? { payload } : {}),
    headers: { host: '127.0.0.1', authorization: `Bearer ${agent.localCredential}`, 'x-rockpool-as': 'ada' },
  });

test.each([true, false])(
  'whoever is removed reads on in no answer to a program (stream: %s)',
  async (stream) => {
    await using agent = await openAgent();
    await agent.app.inject({
      ...{ method: 'POST', url: '/api/local/people' },
      payload: { name: 'ada', role: 'admin', password: 'a long password' },
      headers: { host: '127.0.0.1', authorization: `Bearer ${agent.localCredential}` },
    });
    const bob = (
      await ask(agent, 'POST', '/api/local/people', { name: 'bob', password: 'a long password' })
    ).json();
    const { key } = (
      await agent.app.inject({
        ...{ method: 'POST', url: '/api/keys', payload: { label: 'crm', scopes: ['all'] } },
        headers: {
          host: '127.0.0.1',
          authorization: `Bearer ${agent.localCredential}`,
          'x-rockpool-as': 'bob',
        },
      })
    ).json();
    agent.model.says({ text: 'and', endless: true });
    const answer = fetch(`${await agent.listen()}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'pebble', stream, messages: [{ role: 'user', content: 'Go on' }] }),
    }).then(async (response) => [response.status, await response.text()] as const);
    await until(() => agent.model.running === 1);

    expect((await ask(agent, 'DELETE', `/api/people/${bob.id}`)).statusCode).toBe(204);
    const [status, text] = await answer;
    expect(status).toBe(stream ? 200 : 401);
    expect(text).toContain('This account was removed');
    expect(agent.model.running).toBe(0);
  },
);
