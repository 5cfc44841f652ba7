/** One turn on the wire: what is said goes out, frames come back; aborting stops the answer. */
import type { Frame } from '@rockpool/protocol/chat';
import { send } from './http.ts';
import { lines } from './lines.ts';
import { garbled, Problem, unreachable } from './problem.ts';
import { frame } from './shapes.ts';

export type Saying =
  | { text: string; parentId?: number | null; attachments: number[] }
  | { regenerate: number };

export async function* turn(sessionId: string, saying: Saying, signal: AbortSignal): AsyncGenerator<Frame> {
  const path = `/api/sessions/${encodeURIComponent(sessionId)}/turns`;
  const response = await send(path, { method: 'POST', body: saying, signal });
  if (!response.body) throw garbled('an empty answer');
  try {
    for await (const line of lines(response.body)) yield frame(jsonIn(line));
  } catch (cause) {
    throw cause instanceof Problem ? cause : unreachable(cause); // the cable, not the words
  }
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw garbled('a broken line', cause);
  }
}
