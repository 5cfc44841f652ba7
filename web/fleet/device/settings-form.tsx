/** Settings that a controller may declare, as fields; what is left empty stays as it is. */
import type { DeclaredConfig } from '@rockpool/protocol/fleet/command';
import { useId } from 'preact/hooks';
import { Field } from '../../parts/field.tsx';
import { say } from '../words/say.ts';

export interface Settings {
  /** As typed. */
  heartbeatS: string;
  config: DeclaredConfig;
}

const levels = ['error', 'warn', 'info', 'debug'] as const;

export const settingsOf = (config: DeclaredConfig): Settings => ({
  heartbeatS: config.heartbeatS === undefined ? '' : String(config.heartbeatS),
  config,
});

export function settingsWrong({ heartbeatS }: Settings): string | null {
  if (!heartbeatS.trim()) return null;
  const seconds = Number(heartbeatS);
  return Number.isInteger(seconds) && seconds >= 10 && seconds <= 3_600
    ? null
    : say('setting.heartbeatWrong');
}

interface SettingsFormProps {
  settings: Settings;
  onSettings(settings: Settings): void;
}

export function SettingsForm({ settings, onSettings }: SettingsFormProps) {
  const { heartbeatS, config } = settings;
  const set = <K extends keyof DeclaredConfig>(key: K, value: DeclaredConfig[K] | undefined) => {
    const { [key]: _, ...rest } = config;
    onSettings({ ...settings, config: value === undefined ? rest : { ...rest, [key]: value } });
  };
  const setHeartbeat = (typed: string) => {
    const { heartbeatS: _, ...rest } = config;
    const next = typed.trim() ? { ...rest, heartbeatS: Number(typed) } : rest;
    onSettings({ heartbeatS: typed, config: next });
  };
  return (
    <div class="settings-form">
      <Field
        label={say('setting.heartbeatS')}
        value={heartbeatS}
        placeholder={say('setting.leave')}
        onValue={setHeartbeat}
        wrong={settingsWrong(settings)}
        maxLength={4}
      />
      <Select
        label={say('setting.logLevel')}
        value={config.logLevel ?? ''}
        options={[['', say('setting.leave')], ...levels.map((level) => [level, level] as const)]}
        onValue={(level) =>
          set(
            'logLevel',
            levels.find((one) => one === level),
          )
        }
      />
      <Field
        label={say('setting.selfTest')}
        value={config.selfTest ?? ''}
        placeholder={say('setting.leave')}
        onValue={(typed) => set('selfTest', typed || undefined)}
        maxLength={64}
        code
      />
      <Select
        label={say('setting.supportBundles')}
        value={config.supportBundles === undefined ? '' : String(config.supportBundles)}
        options={[
          ['', say('setting.leave')],
          ['true', say('device.settingOn')],
          ['false', say('device.settingOff')],
        ]}
        onValue={(word) => set('supportBundles', word === '' ? undefined : word === 'true')}
      />
    </div>
  );
}

interface SelectProps {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onValue(value: string): void;
}

function Select({ label, value, options, onValue }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <select
        id={id}
        class="select select-wide"
        value={value}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
