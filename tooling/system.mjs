/** Whether the tests of the operating system's parts can run: root, and the distribution's programs, installed where we may. */
import { delimiter } from 'node:path';
import { installPackages, isRunnable } from './apt.mjs';

/** A program of each package, for telling whether it is there. */
const packages = {
  'cryptsetup-bin': 'cryptsetup',
  swtpm: 'swtpm',
  'swtpm-tools': 'swtpm_setup',
  'tpm2-tools': 'tpm2_createprimary',
  'libtss2-tcti-swtpm0': undefined,
  socat: 'socat',
  openssl: 'openssl',
  iproute2: 'ip',
  'util-linux': 'unshare',
  systemd: 'systemd-cryptenroll',
  'systemd-container': 'systemd-nspawn',
  mmdebstrap: 'mmdebstrap',
  'nginx-light': 'nginx',
  nftables: 'nft',
  pebble: 'pebble',
  zstd: 'zstd',
  bind9: 'named',
  'bind9-dnsutils': 'nsupdate',
};

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const isThere = (program) => folders.some((folder) => isRunnable(`${folder}/${program}`));
const missing = () =>
  Object.entries(packages)
    .filter(([, program]) => program !== undefined && !isThere(program))
    .map(([name]) => name);

/** @returns what the tests are told: nothing, or one sentence about why they are left out */
export async function prepareSystem() {
  if (process.getuid?.() !== 0) return { ROCKPOOL_TEST_NO_SYSTEM: `${leftOut} root.` };
  if (missing().length > 0) await installPackages(Object.keys(packages));
  const still = missing();
  return still.length === 0
    ? {}
    : { ROCKPOOL_TEST_NO_SYSTEM: `${leftOut} '${still.join(' ')}'; install them with apt-get.` };
}

const leftOut = 'The tests of disk, TPM, firewall and units are left out: they need';
