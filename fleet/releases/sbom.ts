/** What a release is made of: CycloneDX 1.6, from the lock file of the folder that it was built from. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { z } from 'zod';

const Package = z.looseObject({
  version: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  dev: z.boolean().optional(),
  link: z.boolean().optional(),
  name: z.string().optional(),
});
const Lock = z.looseObject({
  name: z.string().optional(),
  version: z.string().optional(),
  lockfileVersion: z.union([z.literal(2), z.literal(3)]),
  packages: z.record(z.string(), Package),
});

interface Component {
  type: 'library';
  'bom-ref': string;
  name: string;
  version: string;
  purl: string;
  hashes?: { alg: string; content: string }[];
  licenses?: { expression: string }[];
}

export interface SbomOf {
  name: string;
  version: string;
  /** Of the release: the same input gives the same bytes. */
  madeAt: number;
}

/** @param folder with a `package-lock.json`; what is for developers alone is left out */
export function sbomOf(folder: string, { name, version, madeAt }: SbomOf): Buffer {
  const path = join(folder, 'package-lock.json');
  if (!existsSync(path)) throw new Refusal('not-found', `There is no ${path} to read the packages from.`);
  const parsed = Lock.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new Refusal('bad-request', `${path} is not a lock file of npm 7 or later.`);
  const byPurl = new Map<string, Component>();
  for (const [place, one] of Object.entries(parsed.data.packages)) {
    const component = componentOf(place, one);
    if (component) byPurl.set(component.purl, component);
  }
  const components = [...byPurl.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
  const document = {
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify([name, version, components]))}`,
    metadata: {
      timestamp: new Date(madeAt).toISOString(),
      component: { type: 'application', 'bom-ref': `${name}@${version}`, name, version },
    },
    components,
    dependencies: [{ ref: `${name}@${version}`, dependsOn: components.map((one) => one['bom-ref']) }],
  };
  return Buffer.from(`${JSON.stringify(document, null, 1)}\n`, 'utf8');
}

function componentOf(place: string, one: z.infer<typeof Package>): Component | undefined {
  const at = place.lastIndexOf('node_modules/');
  if (at < 0 || one.dev || one.link || one.version === undefined) return undefined;
  const name = one.name ?? place.slice(at + 'node_modules/'.length);
  const purl = `pkg:npm/${name.replace(/^@/, '%40')}@${one.version}`;
  const hashes = (one.integrity ?? '').split(' ').flatMap(hashOf);
  return {
    ...{ type: 'library', 'bom-ref': purl, name, version: one.version, purl },
    ...(hashes.length > 0 ? { hashes } : {}),
    ...(one.license === undefined ? {} : { licenses: [{ expression: one.license }] }),
  };
}

/** Subresource integrity, as npm writes it. */
function hashOf(integrity: string): { alg: string; content: string }[] {
  const [, bits, base64] = /^sha(256|384|512)-([A-Za-z0-9+/=]+)$/.exec(integrity) ?? [];
  if (bits === undefined || base64 === undefined) return [];
  return [{ alg: `SHA-${bits}`, content: Buffer.from(base64, 'base64').toString('hex') }];
}

/** Version 8 of RFC 9562: bits of our own choice. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
