/** A button that copies and says so for a moment. */
import { useState } from 'preact/hooks';
import { t } from '../i18n/speech.ts';
import { Button, IconButton } from './button.tsx';
import { copy } from './copy.ts';

export function CopyButton({ text, label, wide }: { text: string; label: string; wide?: boolean }) {
  const [copied, setCopied] = useState(false);
  const act = async () => {
    if (!(await copy(text))) return;
    setCopied(true);
    window.setTimeout(() => setCopied(false), 2_000);
  };
  const icon = copied ? 'check' : 'copy';
  if (!wide)
    return <IconButton icon={icon} label={copied ? t('message.copied') : label} onClick={() => void act()} />;
  return (
    <Button icon={icon} onClick={() => void act()}>
      {copied ? t('message.copied') : label}
    </Button>
  );
}
