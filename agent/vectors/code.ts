/** What a vector becomes when it is stored: a byte for each number, and of those one bit. */

/**
 * Each vector fills the range of a byte by its own largest number, so nothing is cut off and nothing is wasted: the
 * cosine doesn't ask how long a vector is. One scale for all loses a point of recall among a million.
 */
export function quantise(vector: Float32Array): Int8Array {
  let largest = 0;
  for (const number of vector) largest = Math.max(largest, Math.abs(number));
  const scale = 127 / (largest || 1);
  const bytes = new Int8Array(vector.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Math.round((vector[i] ?? 0) * scale);
  return bytes;
}

export function unit(vector: Float32Array): Float32Array {
  let square = 0;
  for (const number of vector) square += number * number;
  const length = Math.sqrt(square) || 1;
  return vector.map((number) => number / length);
}

/** Whole registers of 16 bytes, as the scan reads them. */
export const bitBytes = (dimensions: number): number => Math.ceil(dimensions / 128) * 16;

export const bytesOf = (numbers: Int8Array | Float32Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

export const numbersIn = (stored: Uint8Array): Int8Array =>
  new Int8Array(stored.buffer, stored.byteOffset, stored.byteLength);
