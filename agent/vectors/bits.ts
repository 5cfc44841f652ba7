/** Packed bits of many vectors in memory, in blocks, and the scan that tells which are near in bits. */
import { bitBytes } from './code.ts';
import { type Kernel, loadKernel } from './kernel.ts';

/** Vectors in a block. Small, so that a person with a few hundred doesn't hold the room of thousands. */
export const blockRows = 256;

/** The first vectors of one list of blocks: where each lies, block after block. */
export interface BitList {
  readonly blocks: readonly number[];
  readonly rows: number;
}

/** A vector of the `list`th list that was scanned. */
export interface Close {
  list: number;
  row: number;
}

/** Of those that are equally far, no more than these: a thousand copies of one text are one answer. */
const mostAtOnce = 4_096;

export type Bits = ReturnType<typeof openBits>;

/** Layout: the question, the counters, what a block collects, then blocks of codes with their distances behind them. */
export function openBits(dimensions: number) {
  const codeBytes = bitBytes(dimensions);
  const distancesAt = blockRows * codeBytes;
  const blockBytes = distancesAt + blockRows * 2;
  const countsAt = align(codeBytes);
  const collectedAt = align(countsAt + (dimensions + 1) * 4);
  const firstBlock = align(collectedAt + blockRows * 4);
  const page = 65_536;

  const memory = new WebAssembly.Memory({ initial: Math.ceil(firstBlock / page) });
  const kernel: Kernel = loadKernel(memory, codeBytes);
  let bytes = new Uint8Array(memory.buffer);
  let end = firstBlock;
  const free: number[] = [];

  function grow(to: number): void {
    const missing = to - bytes.length;
    if (missing <= 0) return;
    memory.grow(Math.ceil(missing / page));
    bytes = new Uint8Array(memory.buffer);
  }

  function count(lists: readonly BitList[]): { counts: Uint32Array; nearest: Uint16Array[] } {
    const counts = new Uint32Array(memory.buffer, countsAt, dimensions + 1).fill(0);
    const nearest = lists.map(({ blocks, rows }) =>
      Uint16Array.from(blocks, (block, i) => {
        const here = Math.min(blockRows, rows - i * blockRows);
        return here > 0 ? kernel.scan(block, here, 0, block + distancesAt, countsAt) : 0xffff;
      }),
    );
    return { counts, nearest };
  }

  function collect(lists: readonly BitList[], nearest: readonly Uint16Array[], from: number, to: number) {
    const found: Close[] = [];
    const places = new Uint32Array(memory.buffer, collectedAt, blockRows);
    for (const [list, { blocks, rows }] of lists.entries()) {
      for (const [i, block] of blocks.entries()) {
        if ((nearest[list]?.[i] ?? 0xffff) > to) continue;
        const here = Math.min(blockRows, rows - i * blockRows);
        const n = kernel.collect(block + distancesAt, here, from, to, collectedAt);
        for (let at = 0; at < n; at += 1) found.push({ list, row: i * blockRows + (places[at] ?? 0) });
        if (found.length >= mostAtOnce) return found.slice(0, mostAtOnce);
      }
    }
    return found;
  }

  return {
    codeBytes,

    /** Room for a block of codes. */
    take(): number {
      const freed = free.pop();
      if (freed !== undefined) return freed;
      grow(end + blockBytes);
      end += blockBytes;
      return end - blockBytes;
    },

    give(block: number): void {
      bytes.fill(0, block, block + blockBytes);
      free.push(block);
    },

    /** The codes of a block, until the next `take`. */
    codes: (block: number): Uint8Array => bytes.subarray(block, block + distancesAt),

    bytesFor: (rows: number): number => Math.ceil(rows / blockRows) * blockBytes,

    /** What the blocks take that are in use, without the few kilobytes of the rest. */
    usedBytes: (): number => end - firstBlock - free.length * blockBytes,

    /**
     * Measures how far `question` is from all, and gives the nearest `n` (with those that are equally far) on the first
     * call, those that follow on the next; none when all were given. Only until the next scan.
     */
    scan(question: Uint8Array, lists: readonly BitList[]): (n: number) => Close[] {
      bytes.set(question, 0);
      const { counts, nearest } = count(lists);
      let from = 0;
      return (n) => {
        let to = from;
        let sum = 0;
        for (; to <= dimensions; to += 1) {
          sum += counts[to] ?? 0;
          if (sum >= n) break;
        }
        if (sum === 0) return [];
        const found = collect(lists, nearest, from, to);
        from = to + 1;
        return found;
      };
    },
  };
}

const align = (at: number): number => Math.ceil(at / 16) * 16;
