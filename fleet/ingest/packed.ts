/** Messages on their way to another thread, in one piece of memory that is handed over instead of copied. */
import type { Message } from './engine.ts';

export interface Packed {
  heads: { device: string; kind: Message['kind']; length: number }[];
  bytes: Uint8Array<ArrayBuffer>;
}

export function pack(messages: readonly Message[]): Packed {
  const bytes = new Uint8Array(messages.reduce((sum, message) => sum + message.bytes.length, 0));
  let at = 0;
  const heads = messages.map(({ device, kind, bytes: own }) => {
    bytes.set(own, at);
    at += own.length;
    return { device, kind, length: own.length };
  });
  return { heads, bytes };
}

export function unpack({ heads, bytes }: Packed): Message[] {
  let at = 0;
  return heads.map(({ device, kind, length }) => {
    at += length;
    return { device, kind, bytes: bytes.subarray(at - length, at) };
  });
}
