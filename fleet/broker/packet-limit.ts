/** Keeps a stranger's packet out of memory: MQTT says a packet's length before its bytes, and the library waits for all of them. */

export interface PacketLimit {
  /** @returns false when a packet began in these bytes that is longer than it may be: then nothing more is to be read */
  admit(bytes: Uint8Array): boolean;
}

/** The length is written in at most four bytes, seven bits each, lowest first. */
const lengthBytes = 4;

export function createPacketLimit(limitBytes: number): PacketLimit {
  /** What is still to come of the packet that is being read. */
  let left = 0;
  /** Bytes of the length that were read; -1 before the packet's first byte. */
  let read = -1;
  let length = 0;
  return {
    admit(bytes) {
      let at = 0;
      while (at < bytes.length) {
        if (left > 0) {
          const taken = Math.min(left, bytes.length - at);
          left -= taken;
          at += taken;
          continue;
        }
        const byte = bytes[at] ?? 0;
        at += 1;
        if (read < 0) {
          read = 0;
          length = 0;
          continue;
        }
        length += (byte & 0x7f) * 2 ** (7 * read);
        read += 1;
        if (length > limitBytes || (read === lengthBytes && byte >= 0x80)) return false;
        if (byte < 0x80) {
          left = length;
          read = -1;
        }
      }
      return true;
    },
  };
}
