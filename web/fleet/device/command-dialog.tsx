/** The question before a command goes out: which devices, what it does to the people there, how long it is good for. */
import type { CommandAsk, DeviceDetail } from '@rockpool/protocol/fleet/api';
import type { CommandOrder } from '@rockpool/protocol/fleet/command';
import { useId, useState } from 'preact/hooks';
import type { z } from 'zod';
import { useAttempt } from '../../door/attempt.ts';
import { number } from '../../i18n/amounts.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import { count, say } from '../words/say.ts';
import { bulkOrders, disruptive, type GivenOrder, orders } from './orders.ts';
import { type Settings, SettingsForm, settingsOf, settingsWrong } from './settings-form.tsx';

type Ask = z.input<typeof CommandAsk>;

interface CommandDialogProps {
  names: readonly string[];
  /** Chosen already. */
  order?: GivenOrder;
  /** Of the one device: what it has now. */
  device?: DeviceDetail;
  give(ask: Ask): Promise<void>;
  onClose(): void;
}

const lifetimes = [900, 3_600, 86_400, 604_800] as const;
/** From so many on, a number is typed: a click is too easy. */
const many = 5;
const namesShown = 6;

export function CommandDialog({ names, order, device, give, onClose }: CommandDialogProps) {
  const [name, setName] = useState<GivenOrder>(order ?? 'run-self-test');
  const [ttlS, setTtl] = useState<number>(lifetimes[0]);
  const [model, setModel] = useState(device?.model ?? '');
  const [settings, setSettings] = useState<Settings>(() => settingsOf(device?.config.desired ?? {}));
  const [typed, setTyped] = useState('');
  const [isTried, setTried] = useState(false);
  const attempt = useAttempt();
  const [only] = names;
  const isOne = names.length === 1 && only !== undefined;
  const asksNumber = names.length >= many;
  const wrong = {
    model: name === 'use-model' && !model.trim() ? say('door.required') : null,
    settings: name === 'set-config' ? settingsWrong(settings) : null,
    typed: asksNumber && typed.trim() !== String(names.length) ? say('door.required') : null,
  };
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (wrong.model || wrong.settings || wrong.typed) return;
    const full = orderOf(name, model.trim(), settings, device);
    void attempt.run(() => give({ order: full, ttlS })).then((isGiven) => isGiven && onClose());
  };
  const title = isOne
    ? say('command.confirm', { order: say(`order.${name}`), name: only })
    : count('devices.commandTitle', names.length);
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="dialog-form" onSubmit={submit} noValidate>
        {!isOne && <p class="dialog-text">{listed(names)}</p>}
        {order === undefined && (
          <OrderChoice name={name} onName={setName} options={isOne ? orders : bulkOrders} />
        )}
        <p class={disruptive.has(name) ? 'dialog-text caution' : 'dialog-text'}>
          {say(`order.${name}.text`)}
        </p>
        {name === 'use-model' && (
          <Field
            label={say('command.model')}
            hint={say('command.modelHint')}
            wrong={isTried ? wrong.model : null}
            value={model}
            onValue={setModel}
            maxLength={128}
          />
        )}
        {name === 'set-config' && <SettingsForm settings={settings} onSettings={setSettings} />}
        <Lifetime ttlS={ttlS} onTtl={setTtl} />
        {asksNumber && (
          <Field
            label={say('devices.commandCount', { n: number(names.length).replaceAll(/\D/g, '') })}
            wrong={isTried ? wrong.typed : null}
            value={typed}
            onValue={setTyped}
            maxLength={8}
          />
        )}
        {attempt.problem && <ProblemLine problem={attempt.problem} />}
        <div class="dialog-acts">
          <Button onClick={onClose}>{say('act.cancel')}</Button>
          <Button kind={disruptive.has(name) ? 'danger' : 'main'} type="submit" busy={attempt.busy}>
            {isOne
              ? say('command.give', { order: say(`order.${name}`), name: only })
              : say('command.giveMany', { order: say(`order.${name}`), n: number(names.length) })}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(', ');
  return names.length > namesShown
    ? say('devices.commandList', { names: shown, n: number(names.length - namesShown) })
    : shown;
}

function orderOf(
  name: GivenOrder,
  model: string,
  settings: Settings,
  device: DeviceDetail | undefined,
): CommandOrder {
  if (name === 'use-model') return { name, args: { model } };
  if (name !== 'set-config') return { name, args: {} };
  const version = (device?.config.desiredVersion ?? 0) + 1;
  return { name, args: { version, config: { ...device?.config.desired, ...settings.config } } };
}

interface OrderChoiceProps {
  name: GivenOrder;
  onName(name: GivenOrder): void;
  options: readonly GivenOrder[];
}

function OrderChoice({ name, onName, options }: OrderChoiceProps) {
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {say('command.which')}
      </label>
      <select
        id={id}
        class="select select-wide"
        value={name}
        onChange={(event) => {
          const chosen = options.find((one) => one === event.currentTarget.value);
          if (chosen) onName(chosen);
        }}
      >
        {options.map((one) => (
          <option key={one} value={one}>
            {say(`order.${one}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Lifetime({ ttlS, onTtl }: { ttlS: number; onTtl(ttlS: number): void }) {
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {say('command.ttl')}
      </label>
      <select
        id={id}
        class="select select-wide"
        value={ttlS}
        aria-describedby={`${id}-note`}
        onChange={(event) => onTtl(Number(event.currentTarget.value))}
      >
        {lifetimes.map((one) => (
          <option key={one} value={one}>
            {say(`command.ttl.${one}`)}
          </option>
        ))}
      </select>
      <p class="note" id={`${id}-note`}>
        {say('command.ttlHint')}
      </p>
    </div>
  );
}
