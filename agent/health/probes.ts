/** Questions asked of the device, each answered by one sentence, and by what to do when the answer is bad. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

export interface Finding {
  probe: string;
  /** `warning`: it works, and won't for long or not for everybody. */
  state: 'good' | 'warning' | 'bad';
  says: string;
  /** What to do; with a good state nothing. */
  cure?: string;
}

/** The name under which warnings stand that the agent has raised. */
export const raisedProbe = 'warning';

const good = (probe: string, says: string): Finding => ({ probe, state: 'good', says });
const warning = (probe: string, says: string, cure: string): Finding => ({
  probe,
  state: 'warning',
  says,
  cure,
});
export const bad = (probe: string, says: string, cure: string): Finding => ({
  probe,
  state: 'bad',
  says,
  cure,
});

export function probeNode(version: string): Finding {
  const major = Number(version.replace(/^v/, '').split('.')[0]);
  if (major >= 26) return good('node', `Node ${version}`);
  return bad(
    'node',
    `Node ${version} is too old`,
    "start with 'npm start' or 'npx rockpool', which bring Node 26",
  );
}

const gigabyte = 1e9;

export function probeDisk(home: string): Finding {
  const { bavail, bsize } = statfsSync(home);
  return judgeDisk(bavail * bsize);
}

export function judgeDisk(freeBytes: number): Finding {
  const says = `${(freeBytes / gigabyte).toFixed(1)} GB free`;
  if (freeBytes < 0.2 * gigabyte)
    return bad('disk', says, 'free some space at once; nothing more can be saved soon');
  if (freeBytes < 2 * gigabyte)
    return warning('disk', says, 'delete documents and old backups, or move the home to a larger disk');
  return good('disk', says);
}

/**
 * A clock that was never set stands before this program was written, one that was set back before what it wrote.
 * @param newestMs when something in the home was last written
 */
export function probeClock(nowMs: number, newestMs: number | undefined): Finding {
  const says = new Date(nowMs).toISOString();
  const cure =
    "set the clock ('timedatectl set-ntp true', or by hand); times of messages and memories would be wrong";
  if (nowMs < Date.UTC(2026, 10, 1)) return bad('clock', `it says ${says}, which is long ago`, cure);
  if (newestMs !== undefined && nowMs < newestMs - 3_600_000) {
    return bad('clock', `it says ${says}, and files here are from ${new Date(newestMs).toISOString()}`, cure);
  }
  return good('clock', says);
}

export function newestIn(home: string): number | undefined {
  const times = ['people.db', 'sessions.db', 'audit/audit.jsonl']
    .map((name) => statSync(join(home, name), { throwIfNoEntry: false })?.mtimeMs)
    .filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

const day = 86_400_000;

/** A desk's; an appliance's is the posture's business. */
export function probeTls(tls: { certFile: string; keyFile: string } | undefined, nowMs: number): Finding {
  if (!tls) return good('tls', 'off: a desk run, for this machine only');
  try {
    const certificate = new X509Certificate(readFileSync(tls.certFile));
    if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(tls.keyFile)))) {
      return bad(
        'tls',
        'the key does not belong to the certificate',
        'set ROCKPOOL_TLS_CERT and ROCKPOOL_TLS_KEY to a pair',
      );
    }
    return judgeValidity(certificate.validFromDate.getTime(), certificate.validToDate.getTime(), nowMs);
  } catch {
    return bad(
      'tls',
      'the certificate or the key is no PEM that can be read',
      'set ROCKPOOL_TLS_CERT and ROCKPOOL_TLS_KEY to PEM files',
    );
  }
}

export function judgeValidity(fromMs: number, toMs: number, nowMs: number): Finding {
  const until = new Date(toMs).toISOString().slice(0, 10);
  if (nowMs > toMs)
    return bad('tls', `the certificate ended on ${until}`, 'renew it; browsers refuse the page');
  if (nowMs < fromMs) return bad('tls', 'the certificate is not valid yet', 'check the clock, or wait');
  if (toMs - nowMs < 21 * day)
    return warning('tls', `the certificate ends on ${until}`, 'renew it before then');
  return good('tls', `the certificate is valid until ${until}`);
}

export function probePage(folder: string): Finding {
  if (existsSync(join(folder, 'index.html'))) return good('page', 'built');
  return bad('page', 'it is not built', "run 'npm run build'; 'npm start' does it too");
}

/** Asked while no agent of ours listens. */
export async function probePort(host: string, port: number): Promise<Finding> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
    return good('port', `${host}:${port} is free`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'EADDRINUSE')
      return bad('port', `${host}:${port} is taken by another program`, 'stop it, or set ROCKPOOL_PORT');
    return bad(
      'port',
      `${host}:${port} can't be used (${code})`,
      'set ROCKPOOL_HOST and ROCKPOOL_PORT to an address of this machine',
    );
  } finally {
    server.close();
  }
}

export function probeDatabases(
  home: string,
  names: readonly string[],
  check: (file: string) => void,
): Finding[] {
  const present = names.filter((name) => existsSync(join(home, `${name}.db`)));
  if (present.length === 0) return [good('database', 'none yet; the first start makes them')];
  return present.map((name) => {
    try {
      check(join(home, `${name}.db`));
      return good('database', `${name}.db is whole`);
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error);
      return bad(
        'database',
        says,
        "stop the agent and restore the newest backup with 'npx rockpool backup restore FILE'",
      );
    }
  });
}

/** @param away what is noted of a memory that was put aside */
export function probeMemory(away: { since: number; why: string } | undefined): Finding[] {
  if (!away) return [];
  const since = new Date(away.since).toISOString().slice(0, 10);
  return [
    bad(
      'memory',
      `away since ${since}: ${away.why}`,
      "bring back its newest copy with 'npx rockpool memory restore'; chats and documents work meanwhile",
    ),
  ];
}

type Verdict = { ok: true; lines: number } | { ok: false; line: number; file: string; why: string };

/** @param folder of the audit log; before the first start there is none */
export async function probeAudit(
  folder: string,
  verify: (folder: string) => Promise<Verdict>,
): Promise<Finding> {
  if (!existsSync(folder)) return good('audit', 'none yet; the first start makes it');
  const verdict = await verify(folder);
  if (verdict.ok) return good('audit', `${verdict.lines} lines, whole`);
  return bad(
    'audit',
    `broken at line ${verdict.line} of ${verdict.file}: ${verdict.why}`,
    'somebody or a failing disk changed it; keep the folder as it is, and compare it with a backup',
  );
}
