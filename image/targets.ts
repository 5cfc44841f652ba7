/** The machines that an image is built for: their architecture, and the names that each tool has for it. */

export interface Target {
  name: string;
  /** Debian's, systemd-boot's and npm's word for the same processor. */
  deb: 'amd64' | 'arm64';
  efi: 'x64' | 'aa64';
  npm: 'x64' | 'arm64';
  /** Where the firmware and the kernel write what they say. */
  console: string;
  /** Firmware variables that a new machine starts with, where Debian's packages put them. */
  firmwareVariables: string;
}

export const targets: readonly Target[] = [
  {
    name: 'qemu-x86_64',
    deb: 'amd64',
    efi: 'x64',
    npm: 'x64',
    console: 'ttyS0',
    firmwareVariables: '/usr/share/OVMF/OVMF_VARS_4M.fd',
  },
  {
    name: 'qemu-arm64',
    deb: 'arm64',
    efi: 'aa64',
    npm: 'arm64',
    console: 'ttyAMA0',
    firmwareVariables: '/usr/share/AAVMF/AAVMF_VARS.fd',
  },
];

export function targetNamed(name: string): Target {
  const target = targets.find((one) => one.name === name);
  if (!target)
    throw new RangeError(`no target ${name}; there are ${targets.map((one) => one.name).join(', ')}`);
  return target;
}
