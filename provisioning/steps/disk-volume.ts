/** From a header to a folder: open, filesystem, mount; each only on what the kernel says is encrypted. */
import { type EncryptedVolume, encryptedVolume, type Facts, headerOf, isMounted } from '../facts/facts.ts';
import { diskOf, type Step } from './step.ts';

export const diskOpenStep: Step = {
  id: 'disk-open',
  title: 'Open it',
  why: 'The kernel encrypts and decrypts from here on.',
  holds: (facts) => encryptedVolume(facts) !== null,
  seen: ({ volume }) => (volume ? `The volume is open as ${volume.dmUuid}.` : 'The volume is closed.'),
  async apply({ world, facts, config }) {
    const header = headerOf(facts);
    if (!header) throw new Error('there is no header to open');
    // What holds the name may be another disk's, or of a try before this header.
    if (facts.volume) await world.close();
    await world.open(diskOf(facts), header, config);
  },
};

export const diskFilesystemStep: Step = {
  id: 'disk-filesystem',
  title: 'Make a filesystem in it',
  why: 'Files need one; it is made inside the encryption, never beside it.',
  holds: (facts) => encryptedVolume(facts)?.filesystem === 'ext4',
  refuses: (facts) => {
    const volume = encryptedVolume(facts);
    return headerOf(facts)?.mark === 'kept' && volume && volume.filesystem !== 'ext4'
      ? `The volume opens, and holds ${volume.filesystem ?? 'no filesystem'} instead of this device’s data. Run \`e2fsck\` on /dev/mapper/rockpool-data, or \`rockpool-provision wipe\` if it is to start anew.`
      : null;
  },
  seen: ({ volume }) => `It holds ${volume?.filesystem ?? 'no filesystem'}.`,
  apply: ({ world, facts }) => world.makeFilesystem(proof(facts)),
};

export const diskMountStep: Step = {
  id: 'disk-mount',
  title: 'Mount it',
  why: 'All that people say and add is kept there, and nothing of it elsewhere.',
  // The host key belongs to it: without it no credential on the volume opens.
  holds: (facts) => isMounted(facts) && facts.hostKeyOnVolume,
  refuses: ({ mounted, ...facts }) =>
    mounted && !isMounted({ mounted, ...facts }) && mounted.device !== facts.volume?.device
      ? `Something else (${mounted.filesystem}, ${mounted.device}) is mounted at /var/lib/rockpool. Unmount it and remove it from /etc/fstab.`
      : null,
  seen: (facts) =>
    isMounted(facts)
      ? `The volume is mounted at /var/lib/rockpool, ${facts.hostKeyOnVolume ? 'with' : 'without'} the key of this system’s credentials.`
      : 'The volume is not mounted at /var/lib/rockpool.',
  apply: ({ world, facts }) => world.mount(proof(facts)),
};

function proof(facts: Facts): EncryptedVolume {
  const volume = encryptedVolume(facts);
  if (!volume) throw new Error('the volume is not this disk’s encrypted one; nothing was written');
  return volume;
}
