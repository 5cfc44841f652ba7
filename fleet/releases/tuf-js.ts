/** Driver for `tuf-js`: reads a repository's folder as a device would, from a root that it trusts already. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, normalize, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Refusal } from '@rockpool/protocol/refusal';
import { BaseFetcher, Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { limitBytes } from './roles.ts';

export interface Client {
  /** @throws Refusal when a device would refuse it */
  refresh(): Promise<void>;
  /** The bytes of a target, by its signed length and hash. @throws Refusal */
  read(name: string): Promise<Buffer>;
  close(): void;
}

/** @param root the bytes of a root that is trusted, such as the first one */
export function openClient(folder: string, root: Uint8Array): Client {
  const work = mkdtempSync(join(tmpdir(), 'rockpool-tuf-'));
  writeFileSync(join(work, 'root.json'), root);
  const base = pathToFileURL(normalize(`${folder}${sep}`)).href;
  const updater = told(
    () =>
      new Updater({
        ...{ metadataDir: work, targetDir: work, fetcher: new FolderFetcher() },
        ...{ metadataBaseUrl: `${base}metadata/`, targetBaseUrl: `${base}targets/` },
        config: {
          rootMaxLength: limitBytes.root,
          timestampMaxLength: limitBytes.timestamp,
          snapshotMaxLength: limitBytes.snapshot,
          targetsMaxLength: limitBytes.targets,
        },
      }),
  );
  return {
    refresh: () => toldLater(() => updater.refresh()),
    read: (name) =>
      toldLater(async () => {
        const target = await updater.getTargetInfo(name);
        if (!target) throw new Error(`${name} is in no signed list`);
        const into = join(work, 'target');
        await updater.downloadTarget(target, into);
        return readFile(into);
      }),
    close: () => rmSync(work, { recursive: true, force: true }),
  };
}

class FolderFetcher extends BaseFetcher {
  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = Uint8Array.from(readFileSync(fileURLToPath(url)));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw new DownloadHTTPError('not there', 404);
      throw cause;
    }
    return new ReadableStream({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    });
  }
}

function told<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw refused(cause);
  }
}

const toldLater = <T>(work: () => Promise<T>): Promise<T> =>
  work().catch((cause: unknown) => {
    throw refused(cause);
  });

const refused = (cause: unknown): Refusal =>
  new Refusal(
    'failed',
    `A device would refuse this: ${cause instanceof Error ? cause.message : String(cause)}.`,
    {
      cause,
    },
  );
