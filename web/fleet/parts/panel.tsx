/** A titled part of a page, and what stands in it when there is nothing, or not yet. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { ProblemLine } from '../../parts/problem.tsx';
import type { Shown } from '../use-live.ts';
import { say } from '../words/say.ts';

interface PanelProps {
  title: string;
  /** Beside the title. */
  aside?: ComponentChildren;
  kind?: string;
  children: ComponentChildren;
}

export function Panel({ title, aside, kind = '', children }: PanelProps) {
  const id = useId();
  return (
    <section class={`panel ${kind}`} aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

export function None({ words, icon = 'check' }: { words: string; icon?: IconName }) {
  return (
    <p class="none">
      <Icon name={icon} />
      <span>{words}</span>
    </p>
  );
}

/** What was read; until then a quiet place, and the problem where it failed. What was read once stays, for what it is worth. */
export function Read<T>({ shown, children }: { shown: Shown<T>; children(value: T): ComponentChildren }) {
  if (shown.value !== null && !(shown.isOther && shown.problem)) return <>{children(shown.value)}</>;
  if (shown.problem) return <ProblemLine problem={shown.problem} retry={() => void shown.again()} />;
  return <p class="waiting" role="status" aria-label={say('act.loading')} />;
}
