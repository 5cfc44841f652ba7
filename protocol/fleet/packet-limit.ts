/** How long the packets of an MQTT stream say that they are: a giant is refused at its first bytes, where libraries would wait for all of them. Pure. */

/** @returns a function that is fed what arrives, and answers false at a packet that is longer than `limitBytes` */
export function packetLimit(limitBytes: number): (piece: Uint8Array) => boolean {
  /** Bytes of the present packet that are still to come; null while its length is being read. */
  let left: number | null = null;
  let length = 0;
  let shift = -1; // -1: its first byte, which tells what it is, comes next

  return (piece) => {
    for (let at = 0; at < piece.length; ) {
      if (left !== null) {
        const skipped = Math.min(left, piece.length - at);
        at += skipped;
        left -= skipped;
        if (left === 0) left = null;
        continue;
      }
      const byte = piece[at] ?? 0;
      at += 1;
      if (shift < 0) {
        [length, shift] = [0, 0];
        continue;
      }
      length += (byte & 0x7f) * 2 ** shift;
      shift += 7;
      // Four bytes at most; a fifth is no MQTT.
      if (length > limitBytes || (byte >= 0x80 && shift > 21)) return false;
      if (byte < 0x80) [left, shift] = [length === 0 ? null : length, -1];
    }
    return true;
  };
}
