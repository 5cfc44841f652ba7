/** The keys of a fleet: made once, also where the first start was cut off while it wrote them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { whereOf } from '../store/database.fixture.ts';
import { openStore } from '../store/open.ts';
import { createClock } from '../test/fleet.fixture.ts';
import { openAuthority, secretsFile } from './authority.ts';

const passphrase = 'a passphrase of theirs';

test.each(['', '{"version":1,"fleetCaKey":"-----BEG'])(
  'a first start that left %j begins anew',
  async (left) => {
    const home = mkdtempSync(join(tmpdir(), 'rockpool-authority-'));
    const db = await openStore(await whereOf(home));
    const open = () =>
      openAuthority({ home, db, clock: createClock(), name: 'test', passphrase, constraints: undefined });
    try {
      writeFileSync(secretsFile(home), left);
      const { fleetCa } = await open();
      expect(readFileSync(secretsFile(home), 'utf8')).not.toContain('PRIVATE KEY');
      expect((await open()).fleetCa).toBe(fleetCa);
      // From then on devices know it by its keys, and others would be another fleet's.
      writeFileSync(secretsFile(home), left);
      await expect(open()).rejects.toThrow('put it back from a copy');
    } finally {
      await db.destroy();
      rmSync(home, { recursive: true });
    }
  },
);
