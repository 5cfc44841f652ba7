/** Driver for zstd: a tar as it is fetched, whole or as what differs from an older one; read as a device reads it. */
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, readFileSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { Refusal } from '@rockpool/protocol/refusal';

/** A device that unpacks the whole keeps 8 MiB of it in memory. */
const usualWindowLog = 23;
const largestWindowLog = 31;
/** Above it a delta takes fifteen times as long and comes out four times as large: its parser looks at fewer places. */
const deltaLevel = 12;

export async function compress(from: string, into: string, level: number): Promise<void> {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: 1,
    [constants.ZSTD_c_windowLog]: usualWindowLog,
  };
  await pipeline(
    createReadStream(from),
    createZstdCompress({ params, pledgedSrcSize: statSync(from).size }),
    createWriteStream(into),
  );
}

/**
 * What differs from an older tar. By zstd's own program: Node's hands the dictionary over in a way that only its last
 * megabytes are looked at (of a tar of 257 MB with one changed file 68 MB were left over, and 30 KB by the program).
 * Both tars are in memory at once where this is made, and where it is read.
 * @throws Refusal when the program isn't here
 */
export async function compressAgainst(
  older: string,
  from: string,
  into: string,
  level: number,
): Promise<void> {
  const tries = `-${Math.min(level, deltaLevel)}`;
  const args = ['-q', '-f', tries, '--check', `--long=${largestWindowLog}`];
  try {
    await run('zstd', [...args, `--patch-from=${older}`, from, '-o', into]);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new Refusal(
      'not-found',
      'The short way from an older release is made by the program zstd; install it, or give --deltas 0.',
      { cause },
    );
  }
}

export async function decompress(from: string, into: string, older?: string): Promise<void> {
  await pipeline(
    createReadStream(from),
    createZstdDecompress({
      params: { [constants.ZSTD_d_windowLogMax]: largestWindowLog },
      ...(older === undefined ? {} : { dictionary: readFileSync(older) }),
    }),
    createWriteStream(into),
  );
}

const run = promisify(execFile);
