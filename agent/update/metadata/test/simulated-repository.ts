/** A TUF repository in memory, signed with keys of its own: honest unless a test writes a lie and signs that. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  manifestTarget,
  pathOf,
  pieceBytes,
  piecesTarget,
  type Release,
  type ReleasePath,
} from '@rockpool/protocol/update/release';
import { canonicalize } from '@tufjs/canonical-json';

export interface SimulatedKey {
  id: string;
  secret: KeyObject;
  public: { keytype: string; scheme: string; keyval: { public: string } };
}
// biome-ignore lint/suspicious/noExplicitAny: tests write what no schema allows
export type Signed = Record<string, any>;
export type RoleName = 'models' | 'agent' | 'patches';

const roleNames: readonly RoleName[] = ['models', 'agent', 'patches'];
const day = 86_400_000;

export function createKey(): SimulatedKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const hex = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex');
  const keyval = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: hex } };
  return { id: sha256(canonicalize(keyval)), secret: privateKey, public: keyval };
}

export const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

export class SimulatedRepository {
  /** What it serves, by path below its address. */
  readonly files = new Map<string, Buffer>();
  readonly keys: Record<'root' | 'timestamp' | 'snapshot' | 'targets' | RoleName, SimulatedKey[]>;
  root: Signed;
  timestamp: Signed;
  snapshot: Signed;
  targets: Signed;
  roles: Record<RoleName, Signed>;
  /** In what a snapshot or timestamp says of a file. */
  readonly now: number;

  constructor(now: number) {
    this.now = now;
    const pair = (): SimulatedKey[] => [createKey(), createKey()];
    this.keys = {
      ...{ root: pair(), targets: pair(), timestamp: [createKey()], snapshot: [createKey()] },
      ...{ models: [createKey()], agent: [createKey()], patches: [createKey()] },
    };
    const head = (type: string, days: number): Signed => ({
      ...{ _type: type, spec_version: '1.0.31', version: 0, expires: this.time(days) },
    });
    this.root = { ...head('root', 365), consistent_snapshot: true, keys: {}, roles: {} };
    this.timestamp = { ...head('timestamp', 7), 'x-rockpool-signed-at': this.time(0), meta: {} };
    this.snapshot = { ...head('snapshot', 7), meta: {} };
    this.targets = { ...head('targets', 90), targets: {}, delegations: { keys: {}, roles: [] } };
    const role = (): Signed => ({ ...head('targets', 90), targets: {} });
    this.roles = { models: role(), agent: role(), patches: role() };
    this.publishRoot();
    this.publish();
  }

  time(days: number): string {
    return `${new Date(this.now + days * day).toISOString().slice(0, 19)}Z`;
  }

  /** The next root, with the keys as they are now, signed by these and whoever else is given. */
  publishRoot(alsoBy: readonly SimulatedKey[] = []): void {
    this.root['version'] += 1;
    const names = ['root', 'timestamp', 'snapshot', 'targets'] as const;
    this.root['keys'] = Object.fromEntries(names.flatMap((name) => this.keys[name].map(publicOf)));
    this.root['roles'] = Object.fromEntries(
      names.map((name) => [
        name,
        { keyids: this.keys[name].map(({ id }) => id), threshold: this.keys[name].length },
      ]),
    );
    this.putRoot([...this.keys.root, ...alsoBy]);
  }

  /** The root as it is written now. */
  putRoot(by: readonly SimulatedKey[]): void {
    this.put(`metadata/${this.root['version']}.root.json`, this.root, by);
  }

  /** Everything below the root, each one version on. */
  publish(): void {
    this.targets['delegations'] = {
      keys: Object.fromEntries(roleNames.flatMap((name) => this.keys[name].map(publicOf))),
      roles: roleNames.map((name) => ({
        ...{ name, keyids: this.keys[name].map(({ id }) => id), threshold: this.keys[name].length },
        ...{ terminating: true, paths: [`${name}/*/*/*`] },
      })),
    };
    this.publishTargets();
  }

  /** With the delegations as they are written now. */
  publishTargets(): void {
    for (const role of [this.targets, ...Object.values(this.roles)]) role['version'] += 1;
    this.putTargets();
  }

  putTargets(): void {
    const meta: Signed = {};
    for (const name of ['targets', ...roleNames] as const) {
      const role = name === 'targets' ? this.targets : this.roles[name];
      const bytes = this.put(`metadata/${role['version']}.${name}.json`, role, this.keys[name]);
      meta[`${name}.json`] = metaOf(role['version'], bytes);
    }
    this.snapshot['meta'] = meta;
    this.publishSnapshot();
  }

  publishSnapshot(): void {
    this.snapshot['version'] += 1;
    this.putSnapshot();
  }

  putSnapshot(): void {
    const { version } = this.snapshot as { version: number };
    const bytes = this.put(`metadata/${version}.snapshot.json`, this.snapshot, this.keys.snapshot);
    this.timestamp['meta'] = { 'snapshot.json': metaOf(version, bytes) };
    this.publishTimestamp();
  }

  publishTimestamp(): void {
    this.timestamp['version'] += 1;
    this.putTimestamp();
  }

  putTimestamp(): void {
    this.put('metadata/timestamp.json', this.timestamp, this.keys.timestamp);
  }

  /** Signs a document and serves it. */
  put(path: string, signed: Signed, by: readonly SimulatedKey[]): Buffer {
    const bytes = Buffer.from(JSON.stringify({ signed, signatures: signaturesOf(signed, by) }));
    this.files.set(path, bytes);
    return bytes;
  }

  addTarget(role: RoleName, name: string, bytes: Buffer): void {
    const hash = sha256(bytes);
    this.roles[role]['targets'][name] = { length: bytes.byteLength, hashes: { sha256: hash } };
    const at = name.lastIndexOf('/') + 1;
    this.files.set(`targets/${name.slice(0, at)}${hash}.${name.slice(at)}`, bytes);
  }

  /** Its manifest and piece list; `publish` makes them known. */
  addRelease(release: Release): ReleasePath {
    const path = pathOf(release);
    const role = path.slice(0, path.indexOf('/')) as RoleName;
    this.addTarget(role, manifestTarget(path), Buffer.from(JSON.stringify(release)));
    if (release.kind === 'model') {
      const { artifact } = release;
      this.addTarget(role, piecesTarget(path, artifact.name), piecesOf(artifact.bytes));
    }
    return path;
  }

  /** As it serves now, for a replay. */
  copy(): Map<string, Buffer> {
    return new Map(this.files);
  }
}

/** Made up: nobody fetches the artifact here. */
const piecesOf = (bytes: number): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(bytes / pieceBytes) }, (_, at) =>
      Buffer.from(sha256(`piece ${at}`), 'hex'),
    ),
  );

export const modelRelease = (name: string, version: string, counter = 1): Release => ({
  ...{ v: 1, kind: 'model', name, version, counter, dataForm: 0, madeAt: 1_780_000_000_000 + counter },
  ...{ notes: 'A model.', compat: {} },
  artifact: { name: 'model.gguf', sha256: sha256(`${name} ${version}`), bytes: 3 * pieceBytes + 5 },
  golden: { prompt: 'What is the capital of France?', holds: ['Paris'], withinMs: 60_000 },
});

export const publicOf = (key: SimulatedKey): [string, SimulatedKey['public']] => [key.id, key.public];

export const signaturesOf = (
  signed: Signed,
  by: readonly SimulatedKey[],
): { keyid: string; sig: string }[] => {
  const bytes = Buffer.from(canonicalize(signed));
  return by.map(({ id, secret }) => ({ keyid: id, sig: sign(null, bytes, secret).toString('hex') }));
};

const metaOf = (version: number, bytes: Buffer): Signed => ({
  ...{ version, length: bytes.byteLength, hashes: { sha256: sha256(bytes) } },
});
