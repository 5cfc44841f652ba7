import type { Message, Session } from '@rockpool/protocol/chat';
import type { Fact } from '@rockpool/protocol/memory';
import { describe, expect, test } from 'vitest';
import {
  begun,
  blank,
  dropped,
  follow,
  forgetting,
  localId,
  opened,
  stopped,
  type Transcript,
} from './transcript.ts';

const session: Session = {
  id: 's',
  title: 'Codes',
  pinned: false,
  archived: false,
  createdAt: 1,
  updatedAt: 2,
};
const fact: Fact = {
  id: 7,
  text: 'The alarm code is 4471',
  scope: 'mine',
  saidBy: 'ada',
  saidAt: 1,
  sessionId: 's',
  messageId: 1,
  supersededBy: null,
  supersededAt: null,
};
const said = (id: number, parentId: number | null, more: Partial<Message> = {}): Message => ({
  id,
  parentId,
  from: id % 2 ? 'person' : 'assistant',
  text: `message ${id}`,
  at: id,
  outcome: 'complete',
  citations: [],
  attachments: [],
  remembered: [],
  siblings: [id],
  ...more,
});
const accepted = (message: Message) => ({ type: 'accepted', turnId: 't', session, message }) as const;
const idsOn = (transcript: Transcript) => transcript.messages.map((message) => message.id);

describe('a message', () => {
  test('is shown as sent only once the device has accepted it', () => {
    const sending = begun(blank);
    expect(idsOn(sending)).toEqual([]);
    expect(sending.live?.doing).toEqual({ what: 'sending' });
    expect(idsOn(follow(sending, accepted(said(1, null))))).toEqual([1]);
  });

  test('that was edited takes the place of the old one, and what followed that gives way', () => {
    const long = opened({ session, messages: [said(1, null), said(2, 1), said(3, 2), said(4, 3)] });
    expect(idsOn(follow(begun(long), accepted(said(5, 2))))).toEqual([1, 2, 5]);
    expect(idsOn(follow(begun(long), accepted(said(5, null))))).toEqual([5]);
  });

  test('that is answered again keeps its place, and its old answer gives way', () => {
    const long = opened({ session, messages: [said(1, null), said(2, 1), said(3, 2), said(4, 3)] });
    expect(idsOn(follow(begun(long), accepted(said(3, 2))))).toEqual([1, 2, 3]);
  });

  test('shows what was remembered from it, until that is undone', () => {
    const asked = follow(begun(blank), accepted(said(1, null)));
    const kept = follow(asked, { type: 'remembered', facts: [fact] });
    expect(kept.messages[0]?.remembered).toEqual([fact]);
    expect(forgetting(kept, 7).messages[0]?.remembered).toEqual([]);
  });

  test('shows what it made the device forget', () => {
    const asked = follow(begun(blank), accepted(said(1, null)));
    expect(follow(asked, { type: 'forgotten', facts: [fact] }).forgotten.get(1)).toEqual([fact]);
  });
});

describe('an answer', () => {
  const asked = follow(begun(blank), accepted(said(1, null)));
  const half = follow(follow(asked, { type: 'delta', text: 'The code ' }), { type: 'delta', text: 'is' });

  test('tells its place in the queue, then how far the reading is, then that it has begun', () => {
    const queued = follow(asked, { type: 'queued', place: 3, waitMs: 4000 });
    expect(queued.live?.doing).toEqual({ what: 'queued', place: 3, waitMs: 4000 });
    const reading = follow(queued, { type: 'doing', what: 'reading', done: 300, total: 1200 });
    expect(reading.live?.doing).toEqual({ what: 'reading', share: 0.25 });
    expect(follow(reading, { type: 'doing', what: 'reading' }).live?.doing).toEqual({
      what: 'reading',
      share: null,
    });
    expect(half.live).toMatchObject({ doing: { what: 'answering' }, text: 'The code is' });
  });

  test('says that the model is being updated as long as nobody is answered, then its place as ever', () => {
    const updating = follow(asked, { type: 'queued', place: 2, waitMs: null, updating: true });
    expect(updating.live?.doing).toEqual({ what: 'updating', place: 2 });
    const queued = follow(updating, { type: 'queued', place: 1, waitMs: null });
    expect(queued.live?.doing).toEqual({ what: 'queued', place: 1, waitMs: null });
  });

  test('turns into the stored message when it is done', () => {
    const done = follow(half, {
      type: 'done',
      message: said(2, 1),
      session: { ...session, title: 'Alarm' },
      usage: null,
    });
    expect(idsOn(done)).toEqual([1, 2]);
    expect(done).toMatchObject({ live: null, ending: null, session: { title: 'Alarm' } });
  });

  test('that was stopped stays as far as it came, marked', () => {
    expect(stopped(half).messages.at(-1)).toMatchObject({
      id: localId,
      text: 'The code is',
      outcome: 'aborted',
      parentId: 1,
    });
    expect(idsOn(stopped(asked))).toEqual([1]);
  });

  test('that failed stays as far as it came, with the reason', () => {
    const error = { code: 'model-failed', message: 'The model stopped.' };
    const failed = follow(half, { type: 'failed', error, message: said(2, 1, { outcome: 'failed' }) });
    expect(idsOn(failed)).toEqual([1, 2]);
    expect(failed.ending).toEqual({ kind: 'failed', error });
    expect(follow(half, { type: 'failed', error, message: null }).messages.at(-1)).toMatchObject({
      id: localId,
      outcome: 'failed',
    });
  });

  test('whose connection broke off says so, and the next question clears that', () => {
    expect(dropped(half).ending).toEqual({ kind: 'dropped' });
    expect(begun(dropped(half)).ending).toBeNull();
  });
});
