/** A button with a menu in the top layer, placed beside it; arrows move, Escape and a click elsewhere close. */
import { useId, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';

export interface MenuItem {
  words: string;
  icon: IconName;
  danger?: boolean;
  /** A link that downloads, instead of a deed. */
  href?: string;
  act?(): void;
}

export function Menu({
  label,
  items,
  icon = 'more',
}: {
  label: string;
  items: readonly MenuItem[];
  icon?: IconName;
}) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const toggled = (event: Event) => {
    const nowOpen = 'newState' in event && event.newState === 'open';
    setOpen(nowOpen);
    if (nowOpen && button.current && menu.current) placeBeside(button.current, menu.current);
  };
  return (
    <>
      <button
        type="button"
        class="icon-button menu-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        ref={button}
        onClick={() => menu.current?.togglePopover()}
      >
        <Icon name={icon} />
      </button>
      <div
        id={id}
        class="menu"
        role="menu"
        aria-label={label}
        tabIndex={-1}
        popover="auto"
        ref={menu}
        onToggle={toggled}
        onKeyDown={(event) => step(event, menu.current)}
      >
        {open &&
          items.map((item) => (
            <Item key={item.words} item={item} close={() => menu.current?.hidePopover()} />
          ))}
      </div>
    </>
  );
}

function Item({ item, close }: { item: MenuItem; close(): void }) {
  const look = `menu-item ${item.danger ? 'menu-danger' : ''}`;
  const inside = (
    <>
      <Icon name={item.icon} />
      <span>{item.words}</span>
    </>
  );
  if (item.href) {
    return (
      <a class={look} role="menuitem" href={item.href} download onClick={close}>
        {inside}
      </a>
    );
  }
  const chosen = () => {
    close();
    item.act?.();
  };
  return (
    <button type="button" class={look} role="menuitem" onClick={chosen}>
      {inside}
    </button>
  );
}

/** By CSSOM, which a policy without inline style allows. */
function placeBeside(button: HTMLElement, menu: HTMLElement): void {
  requestAnimationFrame(() => {
    const at = button.getBoundingClientRect();
    const below = at.bottom + menu.offsetHeight + 12 < innerHeight;
    menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - menu.offsetHeight - 4)}px`;
    menu.style.left = `${Math.max(8, Math.min(at.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
    menu.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  });
}

function step(event: KeyboardEvent, menu: HTMLElement | null): void {
  const items: Element[] = [...(menu?.querySelectorAll('[role=menuitem]') ?? [])];
  const now = document.activeElement ? items.indexOf(document.activeElement) : -1;
  const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = items.at(to % items.length);
  if (next instanceof HTMLElement) next.focus();
}
