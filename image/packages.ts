/** What an appliance's root tree is made of, by name: nothing comes along because something else recommends it. */

/** Both architectures. `variant=custom` of mmdebstrap installs these and what they depend on, nothing else. */
export const applianceRoot: readonly string[] = [
  ...['base-files', 'base-passwd', 'bash', 'coreutils', 'dash', 'debianutils', 'diffutils', 'findutils'],
  ...['grep', 'gzip', 'hostname', 'init-system-helpers', 'libc-bin', 'login', 'mawk', 'mount', 'passwd'],
  ...['perl-base', 'sed', 'tar', 'util-linux', 'dpkg'],
  ...['systemd-sysv', 'systemd-cryptsetup', 'systemd-resolved', 'systemd-timesyncd', 'udev', 'dbus', 'kmod'],
  ...['cryptsetup-bin', 'e2fsprogs', 'iproute2', 'nftables', 'openssl', 'ca-certificates', 'tzdata'],
  // systemd opens these by dlopen; its packages only suggest them.
  ...['libtss2-esys-3.0.2-0t64', 'libtss2-rc0t64', 'libtss2-tcti-device0t64', 'tpm2-tools'],
  // What Node and llama.cpp are linked with.
  ...['libatomic1', 'libgomp1', 'libstdc++6'],
  // For the first moments, before the real root is verified and mounted.
  ...['busybox-static', 'dmsetup', 'systemd-boot-efi'],
];

/** The build's own tools come from the same suite, so that the host's versions leave no trace in an image. */
export const buildTools: readonly string[] = [
  ...['systemd', 'systemd-ukify', 'sbsigntool', 'python3-virt-firmware', 'openssl'],
  // systemd-measure computes a TPM's policies with them.
  ...['libtss2-esys-3.0.2-0t64', 'libtss2-rc0t64', 'libtss2-mu-4.0.1-0t64'],
  ...['dosfstools', 'mtools', 'fdisk', 'e2fsprogs', 'cryptsetup-bin', 'xz-utils', 'kmod'],
];

/** Nobody reads a manual on an appliance, and the hardware database alone is 20 MB. */
export const leftOut: readonly string[] = [
  ...['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/info/*', '/usr/share/locale/*'],
  ...['/usr/share/bash-completion/*', '/usr/share/zsh/*', '/usr/share/lintian/*', '/usr/lib/udev/hwdb.d/*'],
];

export const suite = 'trixie';
export const mirror = 'http://deb.debian.org/debian';
export const securityMirror = 'http://deb.debian.org/debian-security';
