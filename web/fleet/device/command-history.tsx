/** Commands that were given, newest first, each with what became of it. */
import type { CommandRow } from '@rockpool/protocol/fleet/api';
import { Button } from '../../parts/button.tsx';
import { Sentence } from '../alerts/alert-row.tsx';
import { moment } from '../measures.ts';
import { attempt } from '../parts/deed.ts';
import { FleetIcon } from '../parts/fleet-icon.tsx';
import { None, Panel } from '../parts/panel.tsx';
import { Ago } from '../parts/time.tsx';
import { canOperate } from '../person.ts';
import { cancelCommand } from '../wire.ts';
import { say } from '../words/say.ts';
import { orderIcons } from './orders.ts';

const looks: Record<CommandRow['state'], string> = {
  queued: 'open',
  sent: 'open',
  accepted: 'open',
  succeeded: 'good',
  failed: 'bad',
  refused: 'bad',
  expired: 'faint',
  cancelled: 'faint',
};

interface CommandHistoryProps {
  commands: readonly CommandRow[];
  changed(): Promise<void>;
}

export function CommandHistory({ commands, changed }: CommandHistoryProps) {
  return (
    <Panel title={say('device.history')}>
      {commands.length === 0 ? (
        <None words={say('device.commandsNone')} icon="about" />
      ) : (
        <ul class="history">
          {commands.map((command) => (
            <Given key={command.id} command={command} changed={changed} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** From "accepted" on it is the device's. */
const canBeTakenBack = (state: CommandRow['state']): boolean => state === 'queued' || state === 'sent';

function Given({ command, changed }: { command: CommandRow; changed(): Promise<void> }) {
  const { order, state, result, by, createdAt, changedAt, notAfter } = command;
  const look = looks[state];
  return (
    <li class="given">
      <FleetIcon name={orderIcons[order.name]} />
      <div class="given-words">
        <p class="given-title">
          <span>{say(`order.${order.name}`)}</span>
          <span class={`outcome outcome-${look}`}>{say(`command.state.${state}`)}</span>
        </p>
        {order.name === 'use-model' && <p class="note">{order.args.model}</p>}
        {result?.reason && <p class="note">{say(`refusal.${result.reason}`)}</p>}
        {result?.says && <p class="note">{result.says}</p>}
        {result?.found && result.found.length > 0 && (
          <details class="found">
            <summary>{say('command.found')}</summary>
            <pre>{result.found.join('\n')}</pre>
          </details>
        )}
        <p class="alert-when">
          <span>{say('command.by', { who: by })}</span>
          <Ago at={createdAt} />
          {look === 'open' ? (
            <span>{say('command.until', { when: moment(notAfter) })}</span>
          ) : (
            changedAt > createdAt && (
              <span>
                {say(`command.state.${state}`)} <Sentence words="{when}" at={changedAt} />
              </span>
            )
          )}
        </p>
      </div>
      {canBeTakenBack(state) && canOperate.value && (
        <Button kind="plain" onClick={() => attempt(() => cancelCommand(command.id).finally(changed))}>
          {say('command.cancel')}
          <span class="unseen">{`: ${say(`order.${order.name}`)}`}</span>
        </Button>
      )}
    </li>
  );
}
