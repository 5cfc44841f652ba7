/** What the fake device answers: by what is asked, in frames, at a pace, until the reader leaves. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Frame, Message } from '@rockpool/protocol/chat';
import type { FakeDevice } from './fake-device.ts';

export interface Turn {
  sessionId: string;
  question: Message;
  pieceMs: number;
  signal: AbortSignal;
}

export const rich = [
  'Here is what the handbook says [1], and how it adds up.\n\n',
  '## Carrying days over\n\n',
  'Up to **five days** move into the next year. They lapse at the end of *March*.\n\n',
  '| Year | Taken | Left |\n|---|---:|---:|\n| 2025 | 27 | 3 |\n| 2026 | 12 | 18 |\n\n',
  'The rest follows from $d = 30 - t$, and for a team:\n\n',
  '$$\\bar{d} = \\frac{1}{n}\\sum_{i=1}^{n} (30 - t_i)$$\n\n',
  '```python\ndef left(taken: list[int]) -> float:\n    """Days left, on average."""\n    return sum(30 - t for t in taken) / len(taken)\n```\n\n',
  '1. Ask four weeks ahead.\n2. Tell your team.\n3. Enjoy it.\n',
].join('');

export const hostile = [
  'Look: ![beacon](http://evil.example/beacon.png) and <img src="http://evil.example/raw.png" onerror="window.hacked=1">\n\n',
  '<script>window.hacked=2</script>\n\n<b onclick="window.hacked=3">bold</b><svg onload="window.hacked=4"></svg>\n\n',
  '[run](javascript:window.hacked=5) and [data](data:text/html,<script>1</script>) and [fine](https://example.org/)\n\n',
  '<p style="background:url(http://evil.example/style.png)">styled</p><style>@import "http://evil.example/x.css"</style>\n\n',
  '<form action="http://evil.example/post"><input name="a"><button>send</button></form><iframe src="http://evil.example/frame"></iframe>\n\n',
  '<a href="http://evil.example" ping="http://evil.example/ping">ping</a> <link rel="prefetch" href="http://evil.example/p"> <video src="http://evil.example/v"></video>\n\nDone.',
].join('');

export async function* answer(device: FakeDevice, turn: Turn): AsyncGenerator<Frame> {
  const { sessionId, question, signal } = turn;
  const asked = question.text.toLowerCase();
  if (asked.includes('queue')) {
    yield { type: 'queued', place: 3, waitMs: 20_000 };
    await pause(turn.pieceMs * 4, undefined, { signal });
    yield { type: 'queued', place: 1, waitMs: 6_000 };
    await pause(turn.pieceMs * 4, undefined, { signal });
  }
  if (asked.includes('new model')) {
    yield { type: 'queued', place: 2, waitMs: null, updating: true };
    await pause(turn.pieceMs * 4, undefined, { signal });
    yield { type: 'queued', place: 1, waitMs: null, updating: true };
    await pause(turn.pieceMs * 4, undefined, { signal });
  }
  yield { type: 'doing', what: 'recalling' };
  const told = /(?:remember that|请记住[：:]?)\s*(.+)/i.exec(question.text)?.[1];
  if (told) {
    const fact = device.remember(told.replace(/[.。]$/, ''));
    question.remembered = [fact];
    yield { type: 'remembered', facts: [fact] };
  }
  const citations = told ? [] : device.citationsFor(question.text);
  if (citations.length > 0) yield { type: 'context', citations };
  for (const done of [0, 400, 800]) {
    yield { type: 'doing', what: 'reading', done, total: 800 };
    await pause(turn.pieceMs, undefined, { signal });
  }
  yield { type: 'doing', what: 'answering' };
  if (asked.includes('drop')) {
    yield { type: 'delta', text: 'This will break' };
    await pause(50);
    throw new Error('cable pulled');
  }
  const text = textFor(asked, told, citations.length > 0 ? (citations[0]?.text ?? '') : '');
  const said = device.addMessage(sessionId, {
    from: 'assistant',
    text: '',
    outcome: 'pending',
    parentId: question.id,
    citations,
  });
  try {
    for (const piece of text.match(/\s*\S+\s?/g) ?? []) {
      signal.throwIfAborted();
      said.text += piece;
      yield { type: 'delta', text: piece };
      if (turn.pieceMs > 0) await pause(turn.pieceMs, undefined, { signal });
      if (asked.includes('fail') && said.text.length > 30) {
        said.outcome = 'failed';
        const error = {
          code: 'model-failed',
          message: 'The model stopped unexpectedly. It is starting again; ask once more in a moment.',
        };
        return yield { type: 'failed', error, message: said };
      }
    }
    said.outcome = 'complete';
  } finally {
    if (said.outcome === 'pending') said.outcome = 'aborted';
  }
  const session = device.sessions.find((one) => one.id === sessionId);
  if (session) yield { type: 'done', message: said, session, usage: null };
}

function textFor(asked: string, told: string | undefined, known: string): string {
  if (told) return `I will remember that: ${told}`;
  if (asked.includes('hostile')) return hostile;
  if (asked.includes('carry over')) return rich;
  if (asked.includes('long'))
    return Array.from({ length: 400 }, (_, n) => `Word ${n} of a long answer.`).join(' ');
  if (asked.includes('fail')) return 'It begins well enough, and then something breaks inside.';
  if (known) return /[\u4e00-\u9fff]/.test(known) ? `${known}。 [1]` : `${known} [1].`;
  return 'I do not know that yet. Tell me, and I will remember it.';
}
