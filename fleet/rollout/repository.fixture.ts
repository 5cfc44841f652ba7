/** For tests: a repository as it lies when it was published, with documents that nobody signed; devices would refuse it. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { manifestTarget, pathOf, type Release } from '@rockpool/protocol/update/release';
import { emptyTargets, type Target } from '../releases/documents.ts';
import { documentFile, targetFile } from '../releases/repository.ts';
import type { Role } from '../releases/roles.ts';

const expires = '2099-01-01T00:00:00Z';
const nobody = { keyids: [], threshold: 1 };
const head = { spec_version: '1.0.31', version: 1, expires };

/** What was there before is withdrawn. */
export function publishUnsigned(folder: string, releases: readonly Release[]): void {
  const targets: Record<string, Target> = {};
  for (const release of releases) {
    const name = manifestTarget(pathOf(release));
    const bytes = JSON.stringify(release);
    const target = { length: bytes.length, hashes: { sha256: hashOf(bytes) } };
    targets[name] = target;
    write(targetFile(folder, name, target), bytes);
  }
  const put = (
    role: Role,
    signed: object,
  ): { version: number; length: number; hashes: { sha256: string } } => {
    const bytes = JSON.stringify({ signed, signatures: [] });
    write(documentFile(folder, role, 1), bytes);
    return { version: 1, length: bytes.length, hashes: { sha256: hashOf(bytes) } };
  };
  const roles = { root: nobody, targets: nobody, snapshot: nobody, timestamp: nobody };
  put('root', { _type: 'root', ...head, consistent_snapshot: true, keys: {}, roles });
  const meta = {
    'targets.json': put('targets', emptyTargets(1, expires)),
    'models.json': put('models', { ...emptyTargets(1, expires), targets }),
  };
  put('timestamp', {
    ...{ _type: 'timestamp', ...head, 'x-rockpool-signed-at': '2026-01-01T00:00:00Z' },
    meta: { 'snapshot.json': put('snapshot', { _type: 'snapshot', ...head, meta }) },
  });
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
