/** Fields and faults in these pages' own words. */
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../wire/problem.ts';
import { isKey, say, span } from './words/say.ts';

interface FieldProps {
  label: string;
  value: string;
  onValue(value: string): void;
  /** Said under it; what is wrong wins. */
  note?: ComponentChildren;
  good?: boolean;
  wrong?: string | null;
  autoComplete?: 'off' | 'one-time-code';
  maxLength?: number;
  code?: boolean;
  capitals?: boolean;
  focus?: boolean;
  rows?: number;
}

export function Field({ label, value, onValue, note, wrong, good, rows, ...more }: FieldProps) {
  const id = useId();
  const all = {
    id,
    class: `input${more.code ? ' input-code' : ''}`,
    value,
    autocomplete: more.autoComplete ?? 'off',
    autocapitalize: more.capitals ? ('characters' as const) : ('none' as const),
    spellcheck: false,
    maxLength: more.maxLength,
    'aria-invalid': wrong ? ('true' as const) : undefined,
    'aria-describedby': note || wrong ? `${id}-note` : undefined,
    ref: more.focus ? focusOnce : null,
  };
  return (
    <div class="field">
      <label for={id} class="field-label">
        {label}
      </label>
      {rows ? (
        <textarea {...all} rows={rows} onInput={(event) => onValue(event.currentTarget.value)} />
      ) : (
        <input {...all} type="text" onInput={(event) => onValue(event.currentTarget.value)} />
      )}
      {(note || wrong) && (
        <p id={`${id}-note`} class={wrong ? 'note note-wrong' : good ? 'note note-good' : 'note'}>
          {wrong ?? note}
        </p>
      )}
    </div>
  );
}

function focusOnce(field: HTMLElement | null): void {
  field?.focus();
}

export function Fault({ problem, children }: { problem: Problem; children?: ComponentChildren }) {
  return (
    <div class="problem" role="alert">
      <span>{sentence(problem)}</span>
      {children}
    </div>
  );
}

function sentence({ code, message, retryAfterS }: Problem): string {
  const key = `fault.${code}`;
  const words = isKey(key) ? say(key, { message }) : message;
  return retryAfterS ? `${words} ${say('page.wait', { time: span(retryAfterS) })}` : words;
}

/** One try at a form: busy while it runs, the problem when it was refused. */
export function useAttempt() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (deed: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await deed();
    } catch (cause) {
      setProblem(asProblem(cause));
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, setProblem, run };
}
