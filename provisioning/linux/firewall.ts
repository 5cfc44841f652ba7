/** The firewall of this device: decided from its settings and from what it was told when it enrolled. */
import type { Config } from '../config.ts';
import type { Run } from '../exec.ts';
import type { Facts } from '../facts/facts.ts';
import { loadFirewall, readTold, resolveHost, verifyFirewall, wantsOf } from '../firewall/firewall.ts';
import { listArguments } from '../firewall/judge.ts';
import { decideProfile, type Profile } from '../firewall/profile.ts';
import { type DeviceFolder, openDeviceFolder } from '../identity/device-folder.ts';

export interface Firewall {
  state(config: Config): Promise<Facts['network']['firewall']>;
  load(config: Config): Promise<void>;
}

/**
 * @param look runs programs that only look
 * @param mustBeMounted throws while the device's folder isn't there
 */
export function createFirewall(run: Run, look: Run, mustBeMounted: () => void): Firewall {
  // Names are resolved once for a run: what a controller's name means may change between two looks.
  let decided: Promise<Profile> | null = null;
  const profile = async (config: Config): Promise<Profile> => {
    decided ??= wantsOf(config, known(), {
      resolve: resolveHost,
      told: () => readTold(),
    }).then(decideProfile);
    return decided;
  };
  const known = (): string[] => {
    mustBeMounted();
    return addressesIn(openDeviceFolder());
  };
  return {
    async state(config) {
      const listed = await look('nft', listArguments).catch(() => null); // no nft: no firewall
      if (listed?.code !== 0) return 'absent';
      try {
        mustBeMounted();
      } catch {
        return 'other'; // whose controller it lets through is told by what isn't open
      }
      return (await verifyFirewall(await profile(config), look)).length === 0 ? 'loaded' : 'other';
    },
    async load(config) {
      decided = null;
      await loadFirewall(await profile(config), run);
    },
  };
}

const addressesIn = (folder: DeviceFolder): string[] =>
  [folder.load('controller.json')?.url, folder.load('enrolled.json')?.broker].filter(
    (url) => url !== undefined,
  );
