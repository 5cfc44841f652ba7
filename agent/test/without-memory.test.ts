import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type OpenedAgent, openAgent } from './open-agent.ts';

const ask = async (
  agent: OpenedAgent,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
) =>
  await agent.app.inject({
    ...{ method, url },
    ...(payload ? { payload } : {}),
    headers: { host: '127.0.0.1', authorization: `Bearer ${agent.localCredential}`, 'x-rockpool-as': 'ada' },
  });

async function withAda(agent: OpenedAgent): Promise<string> {
  await agent.app.inject({
    ...{ method: 'POST', url: '/api/local/people' },
    payload: { name: 'ada', role: 'admin', password: 'a long password' },
    headers: { host: '127.0.0.1', authorization: `Bearer ${agent.localCredential}` },
  });
  return (await ask(agent, 'POST', '/api/sessions')).json().id;
}

const answerTo = async (agent: OpenedAgent, session: string, text: string): Promise<string> => {
  const { body } = await ask(agent, 'POST', `/api/sessions/${session}/turns`, { text });
  const frames = body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return frames.flatMap((frame) => (frame.type === 'delta' ? [frame.text] : [])).join('');
};

test('with a damaged memory people are served, told of it, and get it back from its copy', async () => {
  await using agent = await openAgent({
    before: (home) => writeFileSync(join(home, 'memory.db'), 'x'.repeat(40_000)),
  });
  const session = await withAda(agent);
  agent.model.says({ text: 'Good morning.' });
  expect(await answerTo(agent, session, 'What is the alarm code?')).toBe('Good morning.');
  expect(await answerTo(agent, session, 'Remember that the alarm code is 4471.')).toMatch(
    /memory is damaged/,
  );
  expect(await answerTo(agent, session, '记住报警代码是4471')).toMatch(/记忆库已损坏/);
  expect((await ask(agent, 'GET', '/readyz')).json()).toMatchObject({ ready: true, memory: false });
  expect((await ask(agent, 'GET', '/api/memory')).json()).toMatchObject({ error: { code: 'memory-away' } });
  expect((await ask(agent, 'GET', '/api/memory/status')).json()).toMatchObject({
    away: { why: expect.stringMatching(/damaged/), restore: null },
  });
  expect((await ask(agent, 'POST', '/api/local/backup')).json()).toMatchObject({
    error: { code: 'memory-away' },
  });
  expect(readdirSync(join(agent.home, 'backups')).filter((name) => name.startsWith('damaged-'))).not.toEqual(
    [],
  );

  expect((await ask(agent, 'POST', '/api/local/memory/restore', { file: null })).statusCode).toBe(404);
  expect((await ask(agent, 'POST', '/api/local/memory/begin-anew')).statusCode).toBe(204);
  expect(await answerTo(agent, session, 'Remember that the alarm code is 4471.')).toMatch(/^Noted/);
  expect((await ask(agent, 'GET', '/readyz')).json()).toMatchObject({ ready: true, memory: true });
});

test('a copy that is older than the removal of a person does not bring them back', async () => {
  await using agent = await openAgent();
  const session = await withAda(agent);
  const bob = (
    await ask(agent, 'POST', '/api/local/people', { name: 'bob', password: 'a long password' })
  ).json();
  const as = { host: '127.0.0.1', authorization: `Bearer ${agent.localCredential}`, 'x-rockpool-as': 'bob' };
  await agent.app.inject({
    ...{ method: 'POST', url: '/api/memory', payload: { text: 'My PIN is 1234' }, headers: as },
  });
  await answerTo(agent, session, 'Remember that the alarm code is 4471.');
  const kept = join(agent.home, 'kept');
  mkdirSync(kept);
  const [copy] = (await agent.store.store.copyTo(kept)).filter((file) => file.endsWith('memory.db'));
  await ask(agent, 'DELETE', `/api/people/${bob.id}`);
  expect((await ask(agent, 'POST', '/api/local/memory/restore', { file: copy })).statusCode).toBe(200);
  expect((await ask(agent, 'GET', '/api/memory/spaces')).json().spaces).toEqual([
    expect.objectContaining({ personId: 1, facts: 1 }),
  ]);
});

test('a memory that is full stops no chat; whoever asks to be remembered is told', async () => {
  await using agent = await openAgent();
  const session = await withAda(agent);
  await ask(agent, 'PATCH', '/api/memory/spaces/1', { maxFacts: 0 });
  agent.model.says({ text: 'Hello Ada.' });
  expect(await answerTo(agent, session, 'My name is Ada Lovelace. How are you?')).toBe('Hello Ada.');
  expect(await answerTo(agent, session, 'Remember that the alarm code is 4471.')).toMatch(
    /your memory is full/,
  );
  expect((await ask(agent, 'GET', '/api/memory')).json()).toEqual({ facts: [] });
});

test('a memory that was emptied is not taken for new', async () => {
  await using agent = await openAgent({ before: (home) => truncateSync(join(home, 'memory.db'), 0) });
  await withAda(agent);
  expect((await ask(agent, 'GET', '/readyz')).json()).toMatchObject({ memory: false });
});
