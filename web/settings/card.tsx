/** The pieces every settings page is made of: a card with a heading, rows in it, and a line for "nothing yet". */
import type { ComponentChildren } from 'preact';
import { t } from '../i18n/speech.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import type { Loaded } from './loaded.ts';

export function Card({ title, children }: { title?: string; children: ComponentChildren }) {
  return (
    <section class="card">
      {title && <h3 class="card-title">{title}</h3>}
      {children}
    </section>
  );
}

interface RowProps {
  icon?: IconName;
  title: ComponentChildren;
  note?: ComponentChildren;
  children?: ComponentChildren;
}

export function Row({ icon, title, note, children }: RowProps) {
  return (
    <li class="row">
      {icon && <Icon name={icon} />}
      <div class="row-words">
        <div class="row-title">{title}</div>
        {note && <div class="row-note">{note}</div>}
      </div>
      {children && <div class="row-acts">{children}</div>}
    </li>
  );
}

interface RowsProps<T> {
  loaded: Loaded<readonly T[]>;
  none: string;
  icon: IconName;
  row(item: T): ComponentChildren;
}

export function Rows<T>({ loaded, none, icon, row }: RowsProps<T>) {
  if (loaded.problem) return <ProblemLine problem={loaded.problem} retry={() => void loaded.again()} />;
  if (!loaded.value) return <p class="rows-wait" role="status" aria-label={t('act.loading')} />;
  if (loaded.value.length === 0) return <Nothing icon={icon} words={none} />;
  return <ul class="rows">{loaded.value.map(row)}</ul>;
}

export function Nothing({ icon, words }: { icon: IconName; words: string }) {
  return (
    <div class="nothing">
      <Icon name={icon} />
      <p>{words}</p>
    </div>
  );
}
