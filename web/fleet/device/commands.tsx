/** What the device can be told; each asks once more, by the device's name. */
import type { DeviceDetail } from '@rockpool/protocol/fleet/api';
import { useState } from 'preact/hooks';
import { showToast } from '../../parts/toast.tsx';
import { FleetIcon } from '../parts/fleet-icon.tsx';
import { Panel } from '../parts/panel.tsx';
import { canOperate } from '../person.ts';
import { giveCommand } from '../wire.ts';
import { say } from '../words/say.ts';
import { CommandDialog } from './command-dialog.tsx';
import { type GivenOrder, orderIcons, orders } from './orders.ts';

export function Commands({ device, changed }: { device: DeviceDetail; changed(): Promise<void> }) {
  const [asked, setAsked] = useState<GivenOrder | null>(null);
  if (!canOperate.value || device.presence === 'revoked') return null;
  return (
    <Panel title={say('device.commands')}>
      <div class="commands">
        {orders.map((order) => (
          <button
            key={order}
            type="button"
            class="button button-quiet"
            title={say(`order.${order}.text`)}
            onClick={() => setAsked(order)}
          >
            <FleetIcon name={orderIcons[order]} />
            <span>{say(`order.${order}`)}</span>
          </button>
        ))}
      </div>
      {asked && (
        <CommandDialog
          names={[device.name]}
          order={asked}
          device={device}
          give={async (ask) => {
            await giveCommand(device.name, ask);
            showToast(say('command.queued', { order: say(`order.${asked}`) }));
            await changed();
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </Panel>
  );
}
