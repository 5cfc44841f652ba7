/** Power that is cut at the nth write to the disk, and stays off until it is restored. */
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

const syncWrites = [
  'renameSync',
  'rmSync',
  'mkdirSync',
  'writeFileSync',
  'fsyncSync',
  'linkSync',
  'truncateSync',
] as const;
const asyncWrites = ['rename', 'rm', 'mkdir', 'writeFile', 'open'] as const;

/** @returns what restores the power, and how many writes went through */
export function cutPowerAtWrite(n: number): { restore(): number } {
  let writes = 0;
  const before = () => {
    if (writes >= n) throw new PowerCut(`power was cut at write ${n}`);
    writes += 1;
  };
  const undo = [
    ...syncWrites.map((name) => wrap(fs as unknown as Functions, name, before)),
    ...asyncWrites.map((name) => wrap(fsPromises as unknown as Functions, name, before)),
  ];
  syncBuiltinESMExports();
  return {
    restore() {
      for (const back of undo) back();
      syncBuiltinESMExports();
      return writes;
    },
  };
}

type Functions = Record<string, (...args: unknown[]) => unknown>;

function wrap(functions: Functions, name: string, before: () => void): () => void {
  const original = functions[name] as (...args: unknown[]) => unknown;
  const isAsync = !name.endsWith('Sync');
  functions[name] = (...args) => {
    try {
      before();
    } catch (cut) {
      if (isAsync) return Promise.reject(cut);
      throw cut;
    }
    return original(...args);
  };
  return () => {
    functions[name] = original;
  };
}
