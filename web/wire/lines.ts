/** Lines out of a byte stream, as they arrive; a multi-byte character may be cut anywhere. */

export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const parts = (rest + decoder.decode(piece.value, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) if (part.trim()) yield part;
    }
    rest += decoder.decode();
    if (rest.trim()) yield rest;
  } finally {
    reader.releaseLock();
  }
}
