/** What the list is narrowed down by. It stands in the address, so that it can be kept and sent. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { navigate } from '../navigation.ts';
import { parseLabel } from '../parts/label-text.ts';
import { presences } from '../parts/presences.ts';
import { devicesPath, type Filter } from '../routes.ts';
import { holdSearch } from '../shell/search-focus.ts';
import { useLive } from '../use-live.ts';
import { readOverview } from '../wire.ts';
import { type Key, say } from '../words/say.ts';

const typingMs = 250;
const sorts = ['name', 'presence', 'seenAt'] as const;
const severities = ['notice', 'warning', 'critical'] as const;

export function Filters({ filter }: { filter: Filter }) {
  const set = (change: Filter) => navigate(devicesPath({ ...filter, ...change }), 'replace');
  const isNarrowed = Object.entries(filter).some(([key, value]) => key !== 'sort' && value);
  return (
    <search class="filters">
      <Search value={filter.search ?? ''} onValue={(search) => set({ search })} />
      <Select
        label="devices.state"
        value={filter.presence ?? ''}
        onValue={(presence) => set({ presence })}
        options={[
          ['', say('devices.anyState')],
          ...presences.map((state) => [state, say(`presence.${state}`)] as const),
        ]}
      />
      <Select
        label="devices.alert"
        value={filter.worst ?? ''}
        onValue={(worst) => set({ worst })}
        options={[
          ['', say('devices.anyAlert')],
          ...severities.map((severity) => [severity, say(`devices.alert.${severity}`)] as const),
        ]}
      />
      <LabelFilter value={filter.label ?? ''} onValue={(label) => set({ label })} />
      <Select
        label="devices.sort"
        value={filter.sort ?? 'name'}
        onValue={(sort) => set({ sort: sort === 'name' ? '' : sort })}
        options={sorts.map((sort) => [sort, say(`devices.sort.${sort}`)] as const)}
      />
      {isNarrowed && (
        <Button kind="plain" icon="close" onClick={() => navigate(devicesPath(), 'replace')}>
          {say('devices.clear')}
        </Button>
      )}
    </search>
  );
}

function Search({ value, onValue }: { value: string; onValue(value: string): void }) {
  const [text, setText] = useState(value);
  // The address may change without this field: by the way back, or by "clear".
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => {
    if (text.trim() === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text.trim();
      onValue(text.trim());
    }, typingMs);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label class="search">
      <span class="unseen">{say('devices.search')}</span>
      <Icon name="search" />
      <input
        ref={holdSearch}
        class="input"
        type="search"
        value={text}
        placeholder={say('devices.searchHint')}
        autocomplete="off"
        spellcheck={false}
        maxLength={64}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <kbd>/</kbd>
    </label>
  );
}

interface SelectProps {
  label: Key;
  value: string;
  onValue(value: string): void;
  options: readonly (readonly [string, string])[];
}

function Select({ label, value, onValue, options }: SelectProps) {
  return (
    <select
      class={value && value !== options[0]?.[0] ? 'select select-on' : 'select'}
      aria-label={say(label)}
      title={say(label)}
      value={value}
      onChange={(event) => onValue(event.currentTarget.value)}
    >
      {options.map(([option, words]) => (
        <option key={option} value={option}>
          {words}
        </option>
      ))}
    </select>
  );
}

/** Typed, or taken from what there is: keys first, then the values of the key that was typed. */
function LabelFilter({ value, onValue }: { value: string; onValue(value: string): void }) {
  const id = useId();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const [, key = null] = /^([a-z][a-z0-9-]*)=/.exec(text) ?? [];
  const known = useLive(`labels ${key}`, { read: () => readOverview(key), concerns: () => false });
  const offered = key
    ? (known.value?.groups ?? []).filter((group) => group.value).map((group) => `${key}=${group.value}`)
    : (known.value?.labelKeys ?? []).map((one) => `${one}=`);
  const take = (wanted: string) => {
    const label = parseLabel(wanted);
    const next = label ? `${label.key}=${label.value}` : '';
    if (next !== value && (label || !wanted.trim())) onValue(next);
  };
  return (
    <>
      <input
        class={value ? 'select select-on label-filter' : 'select label-filter'}
        list={id}
        value={text}
        placeholder={say('devices.anyLabel')}
        aria-label={say('devices.label')}
        title={say('devices.label')}
        autocomplete="off"
        spellcheck={false}
        maxLength={96}
        onInput={(event) => {
          setText(event.currentTarget.value);
          if (offered.includes(event.currentTarget.value)) take(event.currentTarget.value);
        }}
        onChange={(event) => take(event.currentTarget.value)}
      />
      <datalist id={id}>
        {offered.map((option) => (
          <option key={option} value={option} />
        ))}
      </datalist>
    </>
  );
}
