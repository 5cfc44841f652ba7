/** Labelled fields, with a hint and with what is wrong beside them. */
import type { ComponentChildren } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/speech.ts';
import { IconButton } from './button.tsx';

interface FieldProps {
  label: string;
  value: string;
  onValue(value: string): void;
  hint?: string;
  wrong?: string | null;
  autoComplete?: string;
  placeholder?: string;
  focus?: boolean;
  quietLabel?: boolean;
  code?: boolean;
  maxLength?: number;
}

export function Field({ label, value, onValue, hint, wrong, ...more }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={more.quietLabel ? 'unseen' : 'field-label'}>
        {label}
      </label>
      <input
        id={id}
        class={more.code ? 'input input-code' : 'input'}
        type="text"
        value={value}
        placeholder={more.placeholder}
        autocomplete={more.autoComplete ?? 'off'}
        autocapitalize="off"
        spellcheck={false}
        maxLength={more.maxLength}
        ref={more.focus ? focused : null}
        aria-invalid={wrong ? 'true' : undefined}
        aria-describedby={hint || wrong ? `${id}-note` : undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <Note id={`${id}-note`} hint={hint} wrong={wrong} />
    </div>
  );
}

interface PasswordProps {
  label: string;
  value: string;
  onValue(value: string): void;
  hint?: string;
  wrong?: string | null;
  fresh?: boolean;
}

export function PasswordField({ label, value, onValue, hint, wrong, fresh }: PasswordProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const toggle = () => {
    if (input.current) input.current.type = shown ? 'password' : 'text';
    setShown(!shown);
  };
  return (
    <div class="field">
      <label for={id} class="field-label">
        {label}
      </label>
      <div class="input-row">
        <input
          id={id}
          class="input"
          type="password"
          ref={input}
          value={value}
          autocomplete={fresh ? 'new-password' : 'current-password'}
          maxLength={256}
          aria-invalid={wrong ? 'true' : undefined}
          aria-describedby={hint || wrong ? `${id}-note` : undefined}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
        <IconButton
          icon={shown ? 'eyeOff' : 'eye'}
          label={t(shown ? 'door.hide' : 'door.show')}
          onClick={toggle}
        />
      </div>
      <Note id={`${id}-note`} hint={hint} wrong={wrong} />
    </div>
  );
}

function Note({
  id,
  hint,
  wrong,
}: {
  id: string;
  hint: string | undefined;
  wrong: string | null | undefined;
}) {
  if (!hint && !wrong) return null;
  return (
    <p id={id} class={wrong ? 'note note-wrong' : 'note'}>
      {wrong ?? hint}
    </p>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, ComponentChildren])[];
  onValue(value: T): void;
  quietLabel?: boolean;
}

/** A few choices side by side, one of them taken. */
export function Choice<T extends string>({ label, value, options, onValue, quietLabel }: ChoiceProps<T>) {
  const id = useId();
  return (
    <fieldset class="choice">
      <legend class={quietLabel ? 'unseen' : 'field-label'}>{label}</legend>
      <div class="choice-row">
        {options.map(([option, words]) => (
          <label key={option} class="choice-option">
            <input type="radio" name={id} checked={option === value} onChange={() => onValue(option)} />
            <span>{words}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function Tick(props: {
  label: string;
  value: boolean;
  onValue(value: boolean): void;
  disabled?: boolean;
}) {
  return (
    <label class="tick">
      <input
        type="checkbox"
        checked={props.value}
        disabled={props.disabled}
        onChange={(event) => props.onValue(event.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}

/** The first field of a page takes the focus when it appears. */
export function focused(input: HTMLElement | null): void {
  input?.focus();
}
