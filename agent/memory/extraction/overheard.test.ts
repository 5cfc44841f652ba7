import type { Frame, Message, Session } from '@rockpool/protocol/chat';
import { expect, test } from 'vitest';
import { bob } from '../memory.fixture.ts';
import type { Exchange } from './extraction.ts';
import { overheard } from './overheard.ts';

const session: Session = {
  ...{ id: 's', title: '', pinned: false, archived: false },
  createdAt: 1,
  updatedAt: 1,
};
const message = (more: Partial<Message>): Message => ({
  ...{ id: 7, parentId: null, from: 'person', text: 'The van is due in May.', at: 5, outcome: 'complete' },
  ...{ citations: [], attachments: [], remembered: [], siblings: [7] },
  ...more,
});
const fact = {
  ...{
    id: 1,
    text: 'The van is due in May.',
    scope: 'mine' as const,
    saidBy: 'bob',
    saidAt: 5,
    sessionId: 's',
  },
  ...{ messageId: 7, supersededBy: null, supersededAt: null },
};
const accepted: Frame = { type: 'accepted', turnId: '8', session, message: message({}) };
const done = (outcome: Message['outcome']): Frame => ({
  ...{ type: 'done', session, usage: null },
  message: message({ id: 8, from: 'assistant', text: 'Noted.', outcome }),
});

async function hear(frames: readonly Frame[], body: object = { text: '' }) {
  const heard: Exchange[] = [];
  const removed: number[] = [];
  const extraction = {
    add: (exchange: Exchange) => void heard.push(exchange),
    removePerson: async (id: number) => void removed.push(id),
  };
  const seen: Frame[] = [];
  const stream = (async function* () {
    yield* frames;
  })();
  for await (const frame of overheard(stream, { person: bob, body }, extraction)) seen.push(frame);
  expect(seen).toEqual(frames);
  return { heard, removed };
}

test('of a finished exchange what the person wrote is heard, and never the answer', async () => {
  const { heard } = await hear([accepted, { type: 'remembered', facts: [fact] }, done('complete')]);
  expect(heard).toEqual([
    {
      ...{ person: bob, sessionId: 's', messageId: 7, saidAt: 5, known: [fact] },
      text: 'The van is due in May.',
    },
  ]);
});

test('an answer that ended early, or is given anew, is none', async () => {
  expect((await hear([accepted, done('aborted')])).heard).toEqual([]);
  expect((await hear([accepted])).heard).toEqual([]);
  expect((await hear([accepted, done('complete')], { regenerate: 8 })).heard).toEqual([]);
});

test('when something is forgotten nothing that waits may say it again', async () => {
  const { heard, removed } = await hear([accepted, { type: 'forgotten', facts: [fact] }, done('complete')]);
  expect(heard).toEqual([]);
  expect(removed).toEqual([bob.id]);
});
