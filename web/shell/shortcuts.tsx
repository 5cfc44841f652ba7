/** Keys that work anywhere on the page, and the list of them. */
import { signal } from '@preact/signals';
import { focusComposer } from '../chat/composer-focus.ts';
import { answering, stop, transcript } from '../chat/conversation.ts';
import { closeSource, source } from '../chat/source.ts';
import type { Key } from '../i18n/en.ts';
import { t } from '../i18n/language.ts';
import { copy } from '../parts/copy.ts';
import { Dialog } from '../parts/dialog.tsx';
import { toggleSidebar } from './choices.ts';
import { navigate } from './navigation.ts';
import { me } from './person.ts';
import { openSearch } from './search.tsx';

const open = signal(false);
export const openShortcuts = () => {
  open.value = true;
};

interface Shortcut {
  keys: string;
  words: Key;
  /** Whether this key press means it; absent for what the composer does itself. */
  meant?(press: KeyboardEvent): boolean;
  act?(): void;
}

const mod = (press: KeyboardEvent) => (press.ctrlKey || press.metaKey) && !press.altKey;
const plain = (press: KeyboardEvent) =>
  !press.ctrlKey && !press.metaKey && !press.altKey && !isTyping(press.target);

/** Ctrl or Cmd; browsers keep Ctrl-N and Ctrl-T for themselves. */
export const shortcuts: readonly Shortcut[] = [
  {
    keys: 'Mod K',
    words: 'keys.search',
    meant: (press) => mod(press) && !press.shiftKey && press.code === 'KeyK',
    act: openSearch,
  },
  {
    keys: 'Mod Shift O',
    words: 'keys.new',
    meant: (press) => mod(press) && press.shiftKey && press.code === 'KeyO',
    act: () => navigate('/'),
  },
  { keys: '/', words: 'keys.focus', meant: (press) => plain(press) && press.key === '/', act: focusComposer },
  {
    keys: 'Esc',
    words: 'keys.stop',
    meant: (press) => press.key === 'Escape' && (answering.value || source.value !== null),
    act: stopOrClose,
  },
  {
    keys: 'Mod Shift S',
    words: 'keys.sidebar',
    meant: (press) => mod(press) && press.shiftKey && press.code === 'KeyS',
    act: toggleSidebar,
  },
  {
    keys: 'Mod Shift C',
    words: 'keys.copy',
    meant: (press) => mod(press) && press.shiftKey && press.code === 'KeyC',
    act: copyLast,
  },
  {
    keys: 'Mod ,',
    words: 'keys.settings',
    meant: (press) => mod(press) && press.key === ',',
    act: () => navigate('/settings/account'),
  },
  { keys: '?', words: 'keys.help', meant: (press) => plain(press) && press.key === '?', act: openShortcuts },
  { keys: 'Enter', words: 'keys.send' },
  { keys: 'Shift Enter', words: 'keys.line' },
  { keys: '↑', words: 'keys.editLast' },
];

export function listenToKeys(): void {
  document.addEventListener('keydown', (press) => {
    if (press.defaultPrevented || press.isComposing || press.keyCode === 229 || !me.value) return;
    if (document.querySelector('dialog:modal, [popover]:popover-open')) return; // they have keys of their own
    const shortcut = shortcuts.find((one) => one.meant?.(press));
    if (!shortcut) return;
    press.preventDefault();
    shortcut.act?.();
  });
}

export function Shortcuts() {
  if (!open.value) return null;
  const close = () => {
    open.value = false;
  };
  return (
    <Dialog title={t('keys.title')} onClose={close}>
      <dl class="shortcuts">
        {shortcuts.map(({ keys, words }) => (
          <div key={keys}>
            <dt>{t(words)}</dt>
            <dd>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key === 'Mod' ? modName : key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

const modName = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl';

function stopOrClose(): void {
  if (answering.value) stop();
  else closeSource();
}

function copyLast(): void {
  const last = transcript.value.messages.findLast((message) => message.from === 'assistant');
  if (last) void copy(last.text);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
