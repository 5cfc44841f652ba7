/** Short notices at the edge: what was done, with a way back, or what went wrong. */
import { signal } from '@preact/signals';
import { t } from '../i18n/speech.ts';
import type { Problem } from '../wire/problem.ts';
import { announce } from './announce.ts';
import { IconButton } from './button.tsx';
import { sentence } from './problem.tsx';

interface Toast {
  id: number;
  words: string;
  wrong: boolean;
  undo?: () => void;
}

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;
const shownMs = 6_000;

export function showToast(words: string, undo?: () => void): void {
  add(undo ? { words, wrong: false, undo } : { words, wrong: false });
}

export function showProblem(problem: Problem): void {
  if (problem.code !== 'aborted') add({ words: sentence(problem), wrong: true });
}

function add(toast: Omit<Toast, 'id'>): void {
  lastId += 1;
  const id = lastId;
  toasts.value = [...toasts.value.slice(-2), { ...toast, id }];
  announce(toast.words);
  window.setTimeout(() => drop(id), toast.wrong ? 2 * shownMs : shownMs);
}

function drop(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts">
      {toasts.value.map((toast) => (
        <div key={toast.id} class={toast.wrong ? 'toast toast-wrong' : 'toast'}>
          <span>{toast.words}</span>
          {toast.undo && (
            <button
              type="button"
              class="toast-undo"
              onClick={() => {
                drop(toast.id);
                toast.undo?.();
              }}
            >
              {t('act.undo')}
            </button>
          )}
          <IconButton icon="close" label={t('act.dismiss')} onClick={() => drop(toast.id)} />
        </div>
      ))}
    </div>
  );
}
