/** Messages over a stream of bytes: each after its length, serialized as Node's own channel to a child does it. */
import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';

/** A window's worth of text many times over, or the vectors of a whole document. */
const mostBytes = 256 * 1024 * 1024;
const headBytes = 4;

export function sendFrame(socket: Socket, message: unknown): void {
  const body = serialize(message);
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(body.length);
  socket.cork();
  socket.write(head);
  socket.write(body);
  process.nextTick(() => socket.uncork());
}

/**
 * Hears each message in its order, in the turn of the event loop in which its last byte came. What isn't one destroys
 * the socket.
 */
export function hearFrames(socket: Socket, hear: (message: unknown) => void): void {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let wanted: number | undefined;
  /** Copies only when a frame came in several pieces. */
  const take = (count: number): Buffer => {
    const all = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    pieces = all.length === count ? [] : [all.subarray(count)];
    bytes -= count;
    return all.subarray(0, count);
  };
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece);
    bytes += piece.length;
    try {
      while (!socket.destroyed && bytes >= (wanted ?? headBytes)) {
        if (wanted === undefined) wanted = lengthOf(take(headBytes));
        else {
          const body = take(wanted);
          wanted = undefined;
          hear(deserialize(body));
        }
      }
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function lengthOf(head: Buffer): number {
  const length = head.readUInt32LE();
  if (length > mostBytes) throw new Error(`a message of ${length} bytes was announced`);
  return length;
}
