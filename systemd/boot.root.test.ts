import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../provisioning/exec.ts';
import { parseNginxVersion } from '../provisioning/facts/versions.ts';
import { putNginxInFront, readNginx, takeNginxAway } from '../provisioning/nginx/nginx.ts';
import { type Container, startContainer } from './test/container.ts';
import { repository } from './test/tree.ts';

/** Without device-mapper an appliance never sees LUKS: what needs its databases open runs as a desk does. */
const asDesk = `[Service]
Environment=ROCKPOOL_APPLIANCE=0
WatchdogSec=5
`;
/** From the container itself; @returns the status and the text */
const get = async (url: string): Promise<string> =>
  await box.run(
    ...['/opt/rockpool/current/bin/node', '--disable-warning=Warning', '--input-type=module', '-e'],
    `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
     const answer = await fetch(${JSON.stringify(url)});
     console.log(answer.status, await answer.text());`,
  );
const dropIn = (unit: string, text: string): void => {
  const folder = join(box.tree, 'etc/systemd/system', `${unit}.d`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'test.conf'), text);
};

let box: Container;
const active = async (unit: string): Promise<string> => await box.property(unit, 'ActiveState');
/** A unit's main process by its number outside of the container. */
async function mainPid(unit: string): Promise<number> {
  const inside = await box.property(unit, 'MainPID');
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => {
      const file = `/proc/${pid}/status`;
      const status = existsSync(file) ? readFileSync(file, 'utf8') : '';
      const [, , innermost] = /^NSpid:\t(\d+)\t(\d+)$/m.exec(status) ?? [];
      const control = innermost === inside ? readFileSync(`/proc/${pid}/cgroup`, 'utf8') : '';
      return control.includes(unit);
    });
  return Number(found);
}

beforeAll(async () => {
  box = await startContainer();
  await box.until('systemctl is-active --quiet rockpool-setup.socket');
}, 600_000);
afterAll(async () => await box?.stop(), 60_000);

describe('a device that is not set up', () => {
  test('owns its ports for the setup page, and starts no agent', async () => {
    expect([await active('rockpool-setup.socket'), await active('rockpool-setup-redirect.socket')]).toEqual([
      'active',
      'active',
    ]);
    expect([await active('rockpool-agent.socket'), await active('rockpool-agent.service')]).toEqual([
      'inactive',
      'inactive',
    ]);
    const program = await box.run('systemctl', 'list-sockets', '--no-pager', '--plain', '--no-legend');
    expect(program).toMatch(/\[::\]:443 +rockpool-setup\.socket/);
  });

  test('its setup program is nobody: no capability, no data, a folder of its own', async () => {
    await box.until('systemctl is-active --quiet rockpool-setup.service');
    const pid = await mainPid('rockpool-setup.service');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t963\t963\t963\t963$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    await expect(box.as(pid, 'ls', '/var/lib/rockpool')).rejects.toThrow(/Permission denied/);
  });
});

describe('once it is set up', () => {
  beforeAll(async () => {
    // As provisioning seals it: the key of the host lies on the volume, and nowhere else.
    const seal =
      'systemd-creds encrypt --with-key=host --name=identity-key - - > /var/lib/rockpool/device/identity-key.cred';
    await box.run(
      'sh',
      '-c',
      `export SYSTEMD_CREDENTIAL_SECRET=/var/lib/rockpool/device/credential.secret; umask 077; printf seed | ${seal}`,
    );
    writeFileSync(join(box.data, 'device/set-up'), '');
    await box.run('systemctl', 'start', 'rockpool.target');
    await box.until('systemctl is-active --quiet rockpool-agent.service');
  }, 60_000);

  test('the agent has the ports that the setup page had', async () => {
    expect(await active('rockpool-setup.target')).toBe('inactive');
    expect([await active('rockpool-setup.socket'), await active('rockpool-setup.service')]).toEqual([
      'inactive',
      'inactive',
    ]);
    expect([await active('rockpool-agent.socket'), await active('rockpool-redirect.socket')]).toEqual([
      'active',
      'active',
    ]);
  });

  test('it answers over TLS on a port that it has no right to open, and says that the disk is not encrypted', async () => {
    expect(await get('https://127.0.0.1/readyz')).toMatch(/^503 /);
    expect(await box.property('rockpool-agent.service', 'StatusText')).toContain('encrypted volume');
    expect(await box.journal('rockpool-agent.service')).toContain('disk-encrypted');
    // Nothing was written where nobody may read it later.
    expect(readdirSync(join(box.data, 'agent'))).toEqual([]);
  });

  test('port 80 sends to it', async () => {
    const sent = await box.run(
      ...['/opt/rockpool/current/bin/node', '-e'],
      "fetch('http://127.0.0.1/', { redirect: 'manual' }).then((a) => console.log(a.status, a.headers.get('location')))",
    );
    expect(sent).toMatch(/^30[178] https:\/\//);
  });

  test('a credential is opened for the agent alone, with the key that lies on the volume', async () => {
    const pid = await mainPid('rockpool-agent.service');
    const opened = '/run/credentials/rockpool-agent.service/identity-key';
    expect(await box.as(pid, 'cat', opened)).toBe('seed');
    expect(await box.run('stat', '-c', '%a', opened)).toMatch(/^4[04]0/);
    expect(existsSync(join(box.tree, 'var/lib/systemd/credential.secret'))).toBe(false);
    // Those that are missing kept nothing from starting.
    expect((await box.as(pid, 'ls', '/run/credentials/rockpool-agent.service')).trim()).toBe('identity-key');
  });

  test('it can write its own folder and nothing else, and has no right at all', async () => {
    const pid = await mainPid('rockpool-agent.service');
    await box.as(pid, 'touch', '/var/lib/rockpool/agent/mine');
    await box.as(pid, 'rm', '/var/lib/rockpool/agent/mine');
    for (const path of [
      '/var/lib/rockpool/x',
      '/var/lib/rockpool/device/x',
      '/etc/x',
      '/opt/rockpool/current/agent/x',
      '/run/rockpool/x',
      '/run/rockpool/release/x',
      '/var/lib/rockpool/update/agent/x',
      '/var/lib/rockpool/update/store/x',
      '/usr/x',
    ]) {
      await expect(box.as(pid, 'touch', path), path).rejects.toThrow(
        /Read-only file system|Permission denied/,
      );
    }
    await expect(box.as(pid, 'cat', '/var/lib/rockpool/device/identity-key.cred')).rejects.toThrow(
      'Permission denied',
    );
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
  });
});

describe('what its fleet may ask of root', () => {
  const deedOf = (what: string): string => `/run/asked-to-${what}`;
  beforeAll(async () => {
    // In place of the deeds, which would end this system, or need a controller.
    for (const what of ['reboot', 'rotate'])
      dropIn(
        `rockpool-${what}.service`,
        `[Unit]\nConditionPathIsMountPoint=\n[Service]\nExecStart=\nExecStart=+/bin/sh -c 'echo once >> ${deedOf(what)}'\n`,
      );
    await box.run('systemctl', 'daemon-reload');
  });

  test.each(['reboot', 'rotate'])(
    '%s: the agent leaves a file, which is gone, and the deed done, once',
    async (what) => {
      expect(await active(`rockpool-${what}.path`)).toBe('active');
      const pid = await mainPid('rockpool-agent.service');
      await box.as(pid, 'touch', `/run/rockpool/agent/${what}`);
      await box.until(`test -s ${deedOf(what)}`);
      await box.until(`! test -e /run/rockpool/agent/${what}`);
      await box.run('sleep', '1');
      expect(await box.run('cat', deedOf(what))).toBe('once\n');
      expect(await box.property(`rockpool-${what}.service`, 'Result')).toBe('success');
    },
  );

  test('nobody but the agent may ask', async () => {
    expect((await box.run('stat', '-c', '%U %a', '/run/rockpool/agent')).trim()).toBe('rockpool 700');
  });
});

describe('with nginx in front', () => {
  const run: Run = async (program, args) => {
    try {
      // nginx tells its version on the wrong stream.
      const stdout = await box.run('sh', '-c', '"$0" "$@" 2>&1', program, ...args);
      return { code: 0, stdout, stderr: '' };
    } catch (error) {
      return { code: 1, stdout: '', stderr: String(error) };
    }
  };

  test('it has the port and the certificate, the agent has a socket that only it may open, and both answer', async () => {
    const device = '/var/lib/rockpool/device';
    await box.run(
      'sh',
      '-ec',
      `umask 077; cd /tmp; export SYSTEMD_CREDENTIAL_SECRET=${device}/credential.secret
       openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=leeds.local -keyout key -out ${device}/lan.crt
       chmod 644 ${device}/lan.crt
       systemd-creds encrypt --with-key=host --name=lan-tls-key key ${device}/lan-tls-key.cred; rm key`,
    );
    await putNginxInFront({ run, root: box.tree });
    await box.until('systemctl is-active --quiet rockpool-nginx.service');
    const version = parseNginxVersion((await run('nginx', ['-v'])).stdout);
    expect(await readNginx({ run, root: box.tree }, version)).toBe('in-front');
    expect(await get('https://127.0.0.1/readyz')).toMatch(/^503 .*posture/s);
    const nginx = await mainPid('rockpool-nginx.service');
    expect(readFileSync(`/proc/${nginx}/status`, 'utf8')).toMatch(/^Uid:\t965\t/m);
    expect((await box.run('stat', '-c', '%U:%G %a', '/run/rockpool/agent.sock')).trim()).toBe(
      'root:rockpool-nginx 660',
    );
    await box.run('systemctl', 'reload', 'rockpool-agent.service');
    expect(await get('https://127.0.0.1/readyz')).toMatch(/^503 /);
    expect(await mainPid('rockpool-nginx.service')).toBe(nginx);
    // A renewed certificate is shown by both: a reload of the agent is one of nginx.
    const said = await box.journal('rockpool-nginx.service');
    expect(said).toMatch(/Reloaded .*rockpool-nginx\.service/);
    expect(said).not.toContain('[emerg]');
  });

  test('taken away, the agent has the port again', async () => {
    await takeNginxAway({ run, root: box.tree });
    expect(await active('rockpool-nginx.service')).toBe('inactive');
    expect(await readNginx({ run, root: box.tree }, null)).toBe('away');
    await box.until('systemctl is-active --quiet rockpool-agent.service');
    expect(await get('https://127.0.0.1/readyz')).toMatch(/^503 /);
  });
});

describe('the agent with its databases and its model', () => {
  beforeAll(async () => {
    dropIn('rockpool-agent.service', asDesk);
    await box.run('systemctl', 'daemon-reload');
    await box.run('systemctl', 'restart', 'rockpool-agent.service');
    await expectReady();
  }, 180_000);
  const expectReady = async (): Promise<void> => {
    const until = Date.now() + 120_000;
    for (;;) {
      const answer = await get('http://127.0.0.1:8080/readyz').catch(() => '');
      if (answer.startsWith('200 ')) return;
      if (Date.now() > until)
        expect.fail(
          `${answer}\n${await box.journal('rockpool-agent.service')}\n${await box.journal('rockpool-model.service')}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  };

  test('the model is a unit that systemd started when the agent asked', async () => {
    expect(await active('rockpool-model.service')).toBe('active');
    expect(await box.property('rockpool-model.service', 'StatusText')).toBe('works for the agent');
  });

  test('the model reaches no network, sees nothing of the data but its caches, and not the agent', async () => {
    const pid = await mainPid('rockpool-model.service');
    const networks = readFileSync(`/proc/${pid}/net/dev`, 'utf8').split('\n').slice(2).filter(Boolean);
    expect(networks.map((line) => line.trim().split(':')[0])).toEqual(['lo']);
    expect((await box.as(pid, 'ls', '-A', '/var/lib/rockpool')).split(/\s+/).filter(Boolean)).toEqual([
      'model',
      'models',
      'update',
    ]);
    expect((await box.as(pid, 'ls', '-A', '/var/lib/rockpool/update')).split(/\s+/).filter(Boolean)).toEqual([
      'agent',
      'store',
    ]);
    await expect(box.as(pid, 'ls', '/run/rockpool/update')).rejects.toThrow(/Permission denied/);
    for (const path of ['/var/lib/rockpool/x', '/etc/x', '/run/rockpool/x'])
      await expect(box.as(pid, 'touch', path), path).rejects.toThrow(
        /Read-only file system|Permission denied/,
      );
    const agent = await box.property('rockpool-agent.service', 'MainPID');
    await expect(box.as(pid, 'cat', `/proc/${agent}/status`)).rejects.toThrow('No such file');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t962\t/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
  });

  test('its caches of conversations are its own, and the agent may delete them', async () => {
    expect((await box.run('stat', '-c', '%U:%G %a', '/var/lib/rockpool/model/sessions')).trim()).toBe(
      'rockpool-model:rockpool 2770',
    );
    const agent = await mainPid('rockpool-agent.service');
    await box.as(
      agent,
      'sh',
      '-c',
      'touch /var/lib/rockpool/model/sessions/x && rm /var/lib/rockpool/model/sessions/x',
    );
  });

  test('a model that dies is started again by the next connection', async () => {
    const before = await mainPid('rockpool-model.service');
    process.kill(before, 'SIGKILL');
    await expect.poll(async () => await active('rockpool-model.service'), { timeout: 30_000 }).toBe('active');
    await expectReady();
    expect(await mainPid('rockpool-model.service')).not.toBe(before);
  });

  test('an agent that hangs is ended by the watchdog, and started again', async () => {
    const before = await mainPid('rockpool-agent.service');
    process.kill(before, 'SIGSTOP');
    await expect
      .poll(async () => await box.journal('rockpool-agent.service'), { timeout: 30_000 })
      .toContain('Watchdog timeout (limit 5s)');
    await expectReady();
    expect(await mainPid('rockpool-agent.service')).not.toBe(before);
    expect(Number(await box.property('rockpool-agent.service', 'NRestarts'))).toBeGreaterThan(0);
  });

  test('a child can not speak for the agent: systemd hears its main process only', async () => {
    const pid = await mainPid('rockpool-agent.service');
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    const socket = /NOTIFY_SOCKET=([^\0]+)/.exec(environment)?.[1] ?? '';
    expect(socket).not.toBe('');
    await box.run('sh', '-c', `NOTIFY_SOCKET=${socket} systemd-notify --status=forged`);
    await box.run('sleep', '0.3');
    expect(await box.property('rockpool-agent.service', 'StatusText')).toContain('answers on');
  });

  test('stopped, both end cleanly within seconds, the agent first', async () => {
    const began = Date.now();
    await box.run('systemctl', 'stop', 'rockpool-agent.service', 'rockpool-model.service');
    expect(Date.now() - began).toBeLessThan(25_000);
    for (const unit of ['rockpool-agent.service', 'rockpool-model.service']) {
      expect([await box.property(unit, 'Result'), await box.property(unit, 'ExecMainStatus')], unit).toEqual([
        'success',
        '0',
      ]);
    }
  });
});

describe('a release of the agent', () => {
  const update = '/var/lib/rockpool/update';
  const hashes = { broken: 'b'.repeat(64), good: 'a'.repeat(64) };
  /** It loads an addon, as an agent does for its database, and says that it runs. */
  const goodCode = `
    import { openServiceManager } from '/opt/rockpool/current/agent/host/systemd.ts';
    import { chmodSync, realpathSync, writeFileSync } from 'node:fs';
    process.dlopen({ exports: {} }, import.meta.dirname + '/addon.node');
    writeFileSync('/var/lib/rockpool/update/orders/of-the-agent', '');
    chmodSync('/var/lib/rockpool/update/orders/of-the-agent', 0o660);
    const systemd = openServiceManager();
    systemd.ready('runs ' + realpathSync('/run/rockpool/release/current') + ' by ' + process.execPath);
    setInterval(() => systemd.feed(), 1000);
  `;

  beforeAll(async () => {
    // As a device's own volume is mounted.
    await box.run('mount', '-o', 'remount,bind,noexec,nosuid,nodev', '/var/lib/rockpool');
    place(hashes.broken, 'process.exit(7);');
    place(hashes.good, goodCode);
    const addon = join(repository, `node_modules/better-sqlite3/prebuilds/linux-${process.arch}.node`);
    copyFileSync(addon, join(box.data, `update/agent/releases/${hashes.good}/agent/addon.node`));
    await box.run('chown', '-R', 'rockpool-updater:rockpool-update', `${update}/agent`);
  }, 60_000);

  const status = async (text: string): Promise<void> =>
    await expect
      .poll(async () => await box.property('rockpool-agent.service', 'StatusText'), { timeout: 90_000 })
      .toContain(text);
  const chosen = async (): Promise<string[]> =>
    (await box.journal('rockpool-release.service')).match(/The agent starts from .*/g) ?? [];
  const place = (hash: string, code: string): void => {
    const folder = join(box.data, 'update/agent/releases', hash);
    mkdirSync(join(folder, 'bin'), { recursive: true, mode: 0o755 });
    mkdirSync(join(folder, 'agent'), { mode: 0o755 });
    copyFileSync(
      join(repository, `node_modules/node-linux-${process.arch}/bin/node`),
      join(folder, 'bin/node'),
    );
    chmodSync(join(folder, 'bin/node'), 0o755);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }', { mode: 0o644 });
    writeFileSync(join(folder, 'agent/main.ts'), code, { mode: 0o644 });
  };
  /** What the updater writes when it activates a release, and then asks for. */
  const putOnTrial = async (hash: string): Promise<void> => {
    const body = JSON.stringify({
      seq: Date.now(),
      value: { v: 1, trial: { hash, attemptsLeft: 3, before: null, uplinkBefore: 'none' } },
    });
    const file = join(box.data, 'update/agent/trial.a');
    writeFileSync(file, `${createHash('sha256').update(body).digest('hex')}\n${body}\n`);
    rmSync(join(box.data, 'update/agent/trial.b'), { force: true });
    await box.run('chown', 'rockpool-updater:rockpool-update', `${update}/agent/trial.a`);
    const asUpdater = ['setpriv', '--reuid=rockpool-updater', '--regid=rockpool-update', '--clear-groups'];
    await box.run(...(asUpdater as [string]), 'touch', '/run/rockpool/updater/restart');
    await box.until('! test -e /run/rockpool/updater/restart');
  };

  test('as long as none was installed nobody chooses, and the one of the system image runs', async () => {
    await box.run('systemctl', 'start', 'rockpool-agent.service');
    await status('answers on');
    expect((await box.run('readlink', '/run/rockpool/release/current')).trim()).toBe('/opt/rockpool/current');
    expect(await box.property('rockpool-release.service', 'ConditionResult')).toBe('no');
  }, 120_000);

  test('case 29: one that ends at once is started three times, and then the one before serves again, by itself', async () => {
    await putOnTrial(hashes.broken);
    await expect.poll(chosen, { timeout: 90_000 }).toHaveLength(4);
    await status('answers on');
    expect(await chosen()).toEqual([
      'The agent starts from bbbbbbbbbbbb on trial, 2 more attempts.',
      'The agent starts from bbbbbbbbbbbb on trial, 1 more attempts.',
      'The agent starts from bbbbbbbbbbbb on trial, 0 more attempts.',
      "The agent starts from the system image's own.",
    ]);
    expect((await box.journal('rockpool-agent.service')).match(/status=7/g)).toHaveLength(3);
    expect((await box.run('readlink', '/run/rockpool/release/current')).trim()).toBe('/opt/rockpool/current');
  }, 180_000);

  test('one that works runs from the data volume, where nothing else can be run, and its model with it', async () => {
    await putOnTrial(hashes.good);
    await status(`runs ${update}/agent/releases/${hashes.good} by ${update}/agent/releases`);
    const pid = await mainPid('rockpool-agent.service');
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^NoNewPrivs:\t1$/m);
    await expect(box.as(pid, 'touch', `${update}/agent/releases/${hashes.good}/agent/x`)).rejects.toThrow(
      /Read-only file system|Permission denied/,
    );
    // What the agent may write it still can't run.
    await expect(
      box.as(
        pid,
        'sh',
        '-c',
        'cp /bin/true /var/lib/rockpool/agent/mine; chmod 755 /var/lib/rockpool/agent/mine; exec /var/lib/rockpool/agent/mine',
      ),
    ).rejects.toThrow('Permission denied');
    await box.as(pid, 'rm', '/var/lib/rockpool/agent/mine');
    // What it orders is the updater's to read, and begins it.
    expect((await box.run('stat', '-c', '%U:%G %a', `${update}/orders/of-the-agent`)).trim()).toBe(
      'rockpool:rockpool-update 660',
    );
    await expect
      .poll(async () => await box.property('rockpool-updater.service', 'InvocationID'), { timeout: 30_000 })
      .not.toBe('');
    await box.run('rm', `${update}/orders/of-the-agent`);
  }, 120_000);

  test('once it is committed it is started without being counted', async () => {
    await box.run('ln', '-s', `releases/${hashes.good}`, `${update}/agent/current`);
    for (let start = 0; start < 4; start += 1)
      await box.run('systemctl', 'restart', 'rockpool-agent.service');
    expect((await box.run('readlink', '/run/rockpool/release/current')).trim()).toBe(
      `${update}/agent/releases/${hashes.good}`,
    );
    expect(await box.journal('rockpool-release.service')).toContain('which was committed');
  }, 60_000);

  test('nobody but the updater may ask for a restart, and none but its group the agent how it is', async () => {
    expect((await box.run('stat', '-c', '%U %a', '/run/rockpool/updater')).trim()).toBe(
      'rockpool-updater 700',
    );
    expect((await box.run('stat', '-c', '%U:%G %a', '/run/rockpool/update')).trim()).toBe(
      'root:rockpool-update 2770',
    );
    expect((await box.run('stat', '-c', '%U:%G %a', `${update}/orders`)).trim()).toBe(
      'rockpool-updater:rockpool-update 2770',
    );
  });
});

test('systemd found nothing in our files that it does not know', async () => {
  const journal = await box.run('journalctl', '--no-pager', '--output=cat', '--boot');
  const complaints = journal
    .split('\n')
    .filter((line) =>
      /Unknown (?:key|section|lvalue)|Failed to parse|ordering cycle|ignoring line/i.test(line),
    );
  expect(complaints).toEqual([]);
});
