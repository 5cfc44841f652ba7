/** What the door answers to bytes that are no request it can read: they reach no route, no hook and no error shape. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Refusal } from '@rockpool/protocol/refusal';
import { apiError } from './error.ts';

const sentences = new Map<string | undefined, [status: number, sentence: string]>([
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'The request did not come in time; send it again.']],
  ['HPE_HEADER_OVERFLOW', [431, 'The headers are too long; send fewer or shorter ones.']],
]);

/** As Node says to do it: an answer when the connection still takes one, and then its end. */
export function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, sentence] = sentences.get(error.code) ?? [400, 'The request is no HTTP that can be read.'];
  const body = JSON.stringify(apiError(new Refusal('bad-request', sentence)));
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  socket.destroy(error);
}
