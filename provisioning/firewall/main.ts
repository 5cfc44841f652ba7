/** The process of `rockpool-firewall-refresh.service`: the firewall again, when names may have got other addresses. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseConfig } from '../config.ts';
import { run } from '../exec.ts';
import { openDeviceFolder } from '../identity/device-folder.ts';
import { readTold, refreshFirewall, resolveHost } from './firewall.ts';

const { values } = parseArgs({
  options: { config: { type: 'string', default: '/etc/rockpool/provisioning.toml' } },
});

const config = parseConfig(readFileSync(values.config, 'utf8'), values.config);
const device = openDeviceFolder();
const known = [device.load('controller.json')?.url, device.load('enrolled.json')?.broker];
if (config.network.firewall) {
  const came = await refreshFirewall(
    config,
    known.filter((url) => url !== undefined),
    { run, resolve: resolveHost, told: readTold },
  );
  process.stderr.write(`firewall: ${came}\n`);
}
