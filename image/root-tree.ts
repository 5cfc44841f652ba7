/** The system's own files: Debian's packages, and a kernel of which nothing runs on the machine that builds. */
import type { Cache } from './cache.ts';
import { debootstrap } from './debian.ts';
import { applianceRoot } from './packages.ts';
import type { Target } from './targets.ts';

/**
 * Debian's kernel package asks for an initramfs generator and runs it; this image brings its own first moments.
 * So the package is unpacked, not installed. Drivers for hardware that neither board nor emulator has are left out.
 */
const kernelHook = (deb: string): string => `
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
kernel=$(apt-cache depends linux-image-cloud-${deb} | sed -n 's/^ *Depends: \\(linux-image-[0-9][^ ]*\\)$/\\1/p' | head -n 1)
test -n "$kernel"
mkdir -p "$1/boot/package"
cd "$1/boot/package"
apt-get download "$kernel"
dpkg-deb -x ./*.deb "$1"
cd /
rm -rf "$1/boot/package"
modules="$1/usr/lib/modules/\${kernel#linux-image-}"
for unused in drivers/infiniband drivers/gpu drivers/media drivers/iio drivers/isdn drivers/scsi fs/btrfs fs/xfs fs/ocfs2 fs/nfs fs/nfsd fs/smb fs/ceph fs/f2fs fs/gfs2 fs/jfs; do
  rm -rf "$modules/kernel/$unused"
done
chroot "$1" depmod -a "\${kernel#linux-image-}"
`;

/** @returns a tar archive with owners and modes */
export function rootTree(cache: Cache, target: Target, archive: string): string {
  const hook = kernelHook(target.deb);
  return cache.keep(`tree-${target.name}`, { archive, applianceRoot, hook }, (path) =>
    debootstrap(path, target.deb, applianceRoot, 'tar', { hook }),
  );
}
