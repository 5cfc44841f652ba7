/** Dialogs on the browser's own <dialog>: it traps focus, closes on Escape and gives the focus back. */
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/speech.ts';
import { Button, IconButton } from './button.tsx';

interface DialogProps {
  title: string;
  onClose(): void;
  children: ComponentChildren;
  kind?: 'card' | 'palette' | 'drawer' | 'sheet';
  bare?: boolean;
}

export function Dialog({ title, onClose, children, kind = 'card', bare = false }: DialogProps) {
  const place = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next paint: who types right after the shortcut means this dialog's field.
  useLayoutEffect(() => {
    const dialog = place.current;
    const opener = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it; the click is for the backdrop only
    <dialog
      class={`dialog dialog-${kind}`}
      ref={place}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === place.current && onClose()}
    >
      <div class="dialog-body">
        <div class={bare ? 'unseen' : 'dialog-head'}>
          <h2 id={id}>{title}</h2>
          {!bare && <IconButton icon="close" label={t('act.close')} onClick={onClose} />}
        </div>
        {children}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  text: string;
  confirm: string;
  onConfirm(): void;
  onClose(): void;
}

export function Confirm({ title, text, confirm, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="dialog-text">{text}</p>
      <div class="dialog-acts">
        <Button onClick={onClose}>{t('act.cancel')}</Button>
        <Button
          kind="danger"
          onClick={() => {
            onClose();
            onConfirm();
          }}
        >
          {confirm}
        </Button>
      </div>
    </Dialog>
  );
}
