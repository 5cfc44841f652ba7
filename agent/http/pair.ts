/** The certificate and key that the door shows: read from their files, taken anew when these change, only ever as a pair. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type FSWatcher, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';

/** PEM. */
export interface Pair {
  cert: string;
  key: string;
}

export interface PairFiles {
  certFile: string;
  keyFile: string;
}

/** The files hold no pair: says which of them, and why. */
export class PairError extends Error {
  override readonly name = 'PairError';
}

/** @throws PairError */
export function readPair({ certFile, keyFile }: PairFiles): Pair {
  const pair = { cert: read(certFile), key: read(keyFile) };
  const certificate = parsed(certFile, () => new X509Certificate(pair.cert));
  const key = parsed(keyFile, () => createPrivateKey(pair.key));
  if (!certificate.checkPrivateKey(key)) throw new PairError(`${keyFile} is not the key of ${certFile}`);
  // What the TLS library would refuse, it refuses here, while the old pair is still shown.
  parsed(certFile, () => createSecureContext(pair));
  return pair;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new PairError(`${file} can't be read`, { cause });
  }
}

function parsed<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new PairError(`${file} is no PEM that can be used`, { cause });
  }
}

export interface WatchedPair {
  /** Looks now, as on SIGHUP. True when another pair was taken. */
  look(): boolean;
  close(): void;
}

export interface PairReader {
  /** Told with a pair that is another than the last. */
  taken(pair: Pair): void;
  /** Told once for each bad state of the files; what was shown before is still shown. */
  refused(error: PairError): void;
}

/** A renewal writes two files, one after the other. */
const settleMs = 300;

/** @param shown what is shown at the beginning; undefined when that is none of the files' */
export function watchPair(
  files: PairFiles,
  shown: Pair | undefined,
  { taken, refused }: PairReader,
): WatchedPair {
  let last = shown;
  let told: string | undefined;
  let settling: NodeJS.Timeout | undefined;

  function look(): boolean {
    try {
      const pair = readPair(files);
      told = undefined;
      if (pair.cert === last?.cert && pair.key === last.key) return false;
      last = pair;
      taken(pair);
      return true;
    } catch (error) {
      if (!(error instanceof PairError)) throw error;
      if (told !== error.message) refused(error);
      told = error.message;
      return false;
    }
  }

  const soon = (): void => {
    clearTimeout(settling);
    settling = setTimeout(look, settleMs).unref();
  };
  const watchers = [...new Set([files.certFile, files.keyFile].map(dirname))].flatMap((folder) =>
    watchFolder(folder, soon),
  );
  return {
    look,
    close() {
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** The folder, for a renewed file is another file under the old name. Where it can't be watched, `look` is asked by the clock. */
function watchFolder(folder: string, changed: () => void): FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}
