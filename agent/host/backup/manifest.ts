/** What a backup says about itself: the first file in it. */
import { z } from 'zod';

/** Relative, no way up, no way out, nothing that stays with the machine. */
const Path = z
  .string()
  .min(1)
  .max(1024)
  .refine(
    (path) => !path.startsWith('/') && !path.includes('\0') && !path.includes('\n'),
    'is no relative path',
  )
  .refine(
    (path) => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'leads elsewhere',
  );

export const Manifest = z.object({
  format: z.literal('rockpool-backup'),
  version: z.literal(1),
  createdAt: z.int().describe('milliseconds since 1970'),
  /** The Rockpool that wrote it. */
  writtenBy: z.string(),
  files: z.array(z.object({ path: Path, bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});
export type Manifest = z.infer<typeof Manifest>;

export const manifestName = 'manifest.json';
export const maxManifestBytes = 64 * 1024 * 1024;

/** Top-level names that belong to the machine or the moment, and not to what people said and added. */
export const staysBehind = (name: string): boolean =>
  ['run', 'cache', 'keys', 'device', 'uplink', 'backups', 'lost+found'].includes(name) ||
  /^(?:before-restore-|restoring-)|\.partial$/.test(name);

/** Databases are copied through SQLite; their files are no consistent moment. */
export const isDatabaseFile = (name: string): boolean => /\.db(?:-wal|-shm|-journal)?$/.test(name);
