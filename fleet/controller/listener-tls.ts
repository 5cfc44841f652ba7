/** The certificate that devices are shown, at enrolment and by the broker alike: by the fleet root, for a key that outlives it. */

import type { ShownTls } from '../api/dashboard-tls.ts';
import type { FleetAuthority } from '../authority/authority.ts';
import type { Clock } from '../host/clock.ts';

export async function openListenerTls(
  authority: FleetAuthority,
  clock: Clock,
  names: readonly string[],
): Promise<ShownTls> {
  let shown = await authority.issueListener(names);
  const tls = () => ({ key: authority.listenerKey, cert: shown.pem });
  return {
    current: tls,
    async refresh() {
      if (clock.now() < shown.issuedAt + ((shown.expiresAt - shown.issuedAt) * 2) / 3) return undefined;
      shown = await authority.issueListener(names);
      return tls();
    },
  };
}
