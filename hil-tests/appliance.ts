/** The appliance that stories are told of: its image, the label on its box, and the disk as it comes from the factory. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSetupCode } from '@rockpool/signing/setup-code';
import { runNow } from './rig/processes.ts';
import { type Architecture, type Image, openRig, type Rig } from './rig/qemu.ts';
import { StoryError } from './rig/serial.ts';

export const architecture: Architecture = process.env['ROCKPOOL_HIL_ARCH'] === 'arm64' ? 'arm64' : 'x86_64';

const built = join(import.meta.dirname, `../image/out/qemu-${architecture}`);

/** As printed on the box. */
export const label = { code: '7KQM-2XWR', name: 'leeds' };

/** Measured beside the kernel, and part of what the disk is sealed for: that is PCR 12. */
export const settings = async (): Promise<string> => `version = 1
name = "${label.name}"

[setup]
code_hash = "${await hashSetupCode(label.code)}"

[disk]
data = "PARTLABEL=UDA"
unlock = "tpm2"
pcrs = [7, 12]
signed_pcrs = [11]
pcr_public_key = "/etc/rockpool/pcr-sign.pub"

[tls]
mode = "fleet"

[network]
firewall = true
`;

const espAt = 1024 * 1024;

/** A rig whose disks hold the image and these settings. */
export async function openAppliance(text?: string): Promise<Rig> {
  const image: Image = {
    ...{ architecture, disk: join(built, 'disk.img'), firmwareVariables: join(built, 'vars.fd') },
  };
  if (!existsSync(image.disk))
    throw new StoryError('There is no image; build one with `npm run image -- --lab`.');
  const told = text ?? (await settings());
  return openRig(image, (disk) => putOnEsp(disk, 'loader/credentials/provisioning.cred', told));
}

/** Replaces a file on the loader's partition: what anybody can do who holds the disk. */
export function putOnEsp(disk: string, path: string, content: string | Buffer): void {
  const file = `${disk}.to-esp`;
  writeFileSync(file, content);
  runNow('mcopy', ['-o', '-i', `${disk}@@${espAt}`, file, `::${path}`]);
  rmSync(file);
}
