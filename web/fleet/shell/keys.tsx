/** Keys that work anywhere, and the list of them. */
import { signal } from '@preact/signals';
import { Dialog } from '../../parts/dialog.tsx';
import { navigate } from '../navigation.ts';
import { operator } from '../person.ts';
import { devicesPath } from '../routes.ts';
import { type Key, say } from '../words/say.ts';
import { focusSearch } from './search-focus.ts';

const isOpen = signal(false);
export const openKeys = (): void => {
  isOpen.value = true;
};

interface Shortcut {
  /** One after the other, with a space between. */
  keys: string;
  words: Key;
  /** Left out for what a list does itself. */
  act?(): void;
}

const shortcuts: readonly Shortcut[] = [
  { keys: '/', words: 'keys.search', act: search },
  { keys: 'g o', words: 'keys.overview', act: () => navigate('#/') },
  { keys: 'g d', words: 'keys.devices', act: () => navigate('#/devices') },
  { keys: 'g a', words: 'keys.alerts', act: () => navigate('#/alerts') },
  { keys: 'g r', words: 'keys.rollouts', act: () => navigate('#/rollouts') },
  { keys: 'g e', words: 'keys.enrolment', act: () => navigate('#/enrolment') },
  { keys: '?', words: 'keys.help', act: openKeys },
  { keys: '↑ ↓', words: 'keys.move' },
  { keys: 'Enter', words: 'keys.open' },
  { keys: 'Space', words: 'keys.choose' },
  { keys: '[ ]', words: 'keys.page' },
];

function search(): void {
  if (!location.hash.startsWith('#/devices') || location.hash.startsWith('#/devices/'))
    navigate(devicesPath());
  focusSearch();
}

let before = '';

export function listenToKeys(): void {
  document.addEventListener('keydown', (press) => {
    if (press.defaultPrevented || press.isComposing || press.ctrlKey || press.metaKey || press.altKey) return;
    if (
      !operator.value ||
      isTyping(press.target) ||
      document.querySelector('dialog:modal, [popover]:popover-open')
    )
      return;
    const typed = before === 'g' ? `g ${press.key}` : press.key;
    before = press.key;
    const shortcut = shortcuts.find(({ keys }) => keys === typed);
    if (!shortcut?.act) return;
    press.preventDefault();
    before = '';
    shortcut.act();
  });
}

export function Keys() {
  if (!isOpen.value) return null;
  return (
    <Dialog
      title={say('keys.title')}
      onClose={() => {
        isOpen.value = false;
      }}
    >
      <dl class="shortcuts">
        {shortcuts.map(({ keys, words }) => (
          <div key={keys}>
            <dt>{say(words)}</dt>
            <dd>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
