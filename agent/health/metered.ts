/** A turn, watched from outside for the metrics: when the first words came, how it ended, what it used. */
import type { Frame } from '@rockpool/protocol/chat';
import type { Metrics } from './metrics.ts';

/** The same frames, each the moment it comes. */
export async function* metered(
  frames: AsyncGenerator<Frame>,
  metrics: Metrics,
  nowMs: () => number,
): AsyncGenerator<Frame> {
  const since = nowMs();
  let asked: number | undefined;
  let spokeMs: number | undefined;
  for await (const frame of frames) {
    if (frame.type === 'context') asked = nowMs();
    if (frame.type === 'doing' && frame.what === 'reading' && asked !== undefined) {
      metrics.waited(nowMs() - asked);
      asked = undefined;
    }
    if (frame.type === 'delta' && spokeMs === undefined) {
      spokeMs = nowMs();
      metrics.firstToken(spokeMs - since);
    }
    if (frame.type === 'done') {
      metrics.turn(frame.message.outcome, frame.usage, spokeMs === undefined ? undefined : nowMs() - spokeMs);
    }
    if (frame.type === 'failed') {
      metrics.turn(frame.message?.outcome ?? 'failed', null);
      metrics.error(frame.error.code);
    }
    yield frame;
  }
}
