/** What is on the page of one session: a pure fold of frames, so that every state can be told in a test. */
import type { Citation, Frame, Message, Session, SessionWithMessages } from '@rockpool/protocol/chat';
import type { Fact } from '@rockpool/protocol/memory';

export type Doing =
  | { what: 'sending' }
  | { what: 'queued'; place: number; waitMs: number | null }
  /** Another model takes the place of the one that answered; nobody is answered until it does. */
  | { what: 'updating'; place: number }
  | { what: 'recalling' }
  | { what: 'reading'; share: number | null }
  | { what: 'answering' };

/** The answer that is being given. */
export interface Live {
  /** The message it answers; null until the device has accepted one. */
  questionId: number | null;
  doing: Doing;
  text: string;
  citations: readonly Citation[];
}

export type Ending =
  | { kind: 'failed'; error: { code: string; message: string; retryAfterS?: number | undefined } }
  | { kind: 'dropped' };

export interface Transcript {
  session: Session | null;
  messages: readonly Message[];
  live: Live | null;
  ending: Ending | null;
  /** What a message made the device forget; it is told once and not kept with the message. */
  forgotten: ReadonlyMap<number, readonly Fact[]>;
}

export const blank: Transcript = {
  session: null,
  messages: [],
  live: null,
  ending: null,
  forgotten: new Map(),
};

export const opened = ({ session, messages }: SessionWithMessages): Transcript => ({
  ...blank,
  session,
  messages,
});

export const begun = (transcript: Transcript): Transcript => ({
  ...transcript,
  live: { questionId: null, doing: { what: 'sending' }, text: '', citations: [] },
  ending: null,
});

export function follow(transcript: Transcript, frame: Frame): Transcript {
  switch (frame.type) {
    case 'accepted':
      return accepted(transcript, frame.session, frame.message);
    case 'queued':
      return doing(transcript, waiting(frame));
    case 'doing':
      return doing(transcript, doingOf(frame));
    case 'remembered':
      return remembered(transcript, frame.facts);
    case 'forgotten':
      return forgotten(transcript, frame.facts);
    case 'context':
      return live(transcript, { citations: frame.citations });
    case 'delta':
      return live(transcript, {
        text: (transcript.live?.text ?? '') + frame.text,
        doing: { what: 'answering' },
      });
    case 'done':
      return ended({ ...transcript, session: frame.session }, frame.message, null);
    case 'failed':
      return ended(transcript, frame.message ?? partial(transcript, 'failed'), {
        kind: 'failed',
        error: frame.error,
      });
  }
}

/** The reader pressed stop: what arrived stays, marked, until the device has told its own copy. */
export const stopped = (transcript: Transcript): Transcript =>
  ended(transcript, partial(transcript, 'aborted'), null);

/** The stream ended without a last word. */
export const dropped = (transcript: Transcript): Transcript =>
  ended(transcript, partial(transcript, 'failed'), { kind: 'dropped' });

export const forgetting = (transcript: Transcript, factId: number): Transcript => ({
  ...transcript,
  messages: transcript.messages.map((message) =>
    message.remembered.some((fact) => fact.id === factId)
      ? { ...message, remembered: message.remembered.filter((fact) => fact.id !== factId) }
      : message,
  ),
});

/** The question takes its place on the branch: after its parent, and everything that stood there gives way. */
function accepted(transcript: Transcript, session: Session, message: Message): Transcript {
  const { messages } = transcript;
  const again = messages.findIndex((one) => one.id === message.id);
  const parent = messages.findIndex((one) => one.id === message.parentId);
  const before = again >= 0 ? messages.slice(0, again) : messages.slice(0, parent + 1);
  const started = { questionId: message.id, doing: { what: 'sending' } as const, text: '', citations: [] };
  return { ...transcript, session, messages: [...before, message], live: started, ending: null };
}

function waiting({ updating, place, waitMs }: Extract<Frame, { type: 'queued' }>): Doing {
  return updating ? { what: 'updating', place } : { what: 'queued', place, waitMs };
}

function doingOf(frame: Extract<Frame, { type: 'doing' }>): Doing {
  if (frame.what !== 'reading') return { what: frame.what };
  const { done, total } = frame;
  return { what: 'reading', share: done === undefined || !total ? null : Math.min(1, done / total) };
}

function live(transcript: Transcript, change: Partial<Live>): Transcript {
  return transcript.live ? { ...transcript, live: { ...transcript.live, ...change } } : transcript;
}

const doing = (transcript: Transcript, what: Doing): Transcript => live(transcript, { doing: what });

function remembered(transcript: Transcript, facts: readonly Fact[]): Transcript {
  const id = transcript.live?.questionId;
  const messages = transcript.messages.map((message) =>
    message.id === id ? { ...message, remembered: [...message.remembered, ...facts] } : message,
  );
  return { ...transcript, messages };
}

function forgotten(transcript: Transcript, facts: readonly Fact[]): Transcript {
  const id = transcript.live?.questionId ?? null;
  return id === null
    ? transcript
    : { ...transcript, forgotten: new Map(transcript.forgotten).set(id, facts) };
}

function ended(transcript: Transcript, message: Message | null, ending: Ending | null): Transcript {
  const messages = message
    ? [...transcript.messages.filter((one) => one.id !== message.id), message]
    : transcript.messages;
  return { ...transcript, messages, live: null, ending };
}

/** No real message has this id: the device's copy replaces it when the session is read again. */
export const localId = -1;

function partial({ live, messages }: Transcript, outcome: 'aborted' | 'failed'): Message | null {
  if (!live?.text) return null;
  const own = {
    id: localId,
    parentId: messages.at(-1)?.id ?? null,
    from: 'assistant' as const,
    at: Date.now(),
  };
  const rest = { attachments: [], remembered: [], siblings: [localId] };
  return { ...own, ...rest, text: live.text, outcome, citations: [...live.citations] };
}
