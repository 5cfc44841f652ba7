/** A problem as a sentence in the reader's language, with what can be done about it. */
import { span } from '../i18n/amounts.ts';
import { refusalWords, t } from '../i18n/speech.ts';
import { Button } from './button.tsx';

interface Told {
  code: string;
  message: string;
  retryAfterS?: number | null | undefined;
}

/** The device's own sentence, in our words where we have them for its code. */
export function sentence({ code, message, retryAfterS }: Told): string {
  const words = refusalWords(code, { message }) ?? message;
  return retryAfterS ? `${words} ${t('door.waitS', { time: span(retryAfterS) })}` : words;
}

export function ProblemLine({
  problem,
  retry,
  words,
}: {
  problem: Told;
  retry?: () => void;
  words?: string;
}) {
  return (
    <div class="problem" role="alert">
      <span>{sentence(problem)}</span>
      {retry && (
        <Button kind="plain" icon="again" onClick={retry}>
          {words ?? t('act.retry')}
        </Button>
      )}
    </div>
  );
}
