/** The newest command's number in a file of its own: when the spool is damaged, commands of before stay old. */
import { readFileSync } from 'node:fs';
import { writeFileAtomically } from '../host/files.ts';
import type { Floor } from './commands/journal.ts';

export const floorIn = (file: string): Floor => ({
  load() {
    try {
      return Number(readFileSync(file, 'utf8')) || 0;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
      throw error;
    }
  },
  save: (counter) => writeFileAtomically(file, `${counter}\n`),
});
