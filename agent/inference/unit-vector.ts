/** Embedders differ in whether their vectors have length one; ours always have. */

export function unitVector(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector);
  return Float32Array.from(vector, (x) => (length > 0 ? x / length : 0));
}
