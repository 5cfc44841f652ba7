/** What is looked for among all that is remembered: words, whose, of which kind, since when. */
import type { FactKind } from '@rockpool/protocol/memory';
import { useId } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Choice, Field, Tick } from '../parts/field.tsx';
import type { FactSearch } from '../wire/memory.ts';

const kinds: readonly FactKind[] = ['fact', 'preference', 'episode', 'procedure'];

interface MemorySearchProps {
  search: FactSearch;
  onSearch(search: FactSearch): void;
}

export function MemorySearch({ search, onSearch }: MemorySearchProps) {
  return (
    <div class="line line-wrap">
      <Field
        label={t('memory.search')}
        placeholder={t('memory.search')}
        quietLabel
        value={search.words}
        onValue={(words) => onSearch({ ...search, words })}
      />
      <Choice
        label={t('memory.scope')}
        quietLabel
        value={search.scope}
        options={[
          ['all', t('memory.all')],
          ['mine', t('memory.mine')],
          ['office', t('memory.office')],
        ]}
        onValue={(scope) => onSearch({ ...search, scope })}
      />
      <Kind value={search.kind} onValue={(kind) => onSearch({ ...search, kind })} />
      <Since value={search.since} onValue={(since) => onSearch({ ...search, since })} />
      <Tick
        label={t('memory.history')}
        value={search.history}
        onValue={(history) => onSearch({ ...search, history })}
      />
    </div>
  );
}

interface KindProps {
  value: FactKind | 'all';
  onValue(kind: FactKind | 'all'): void;
}

function Kind({ value, onValue }: KindProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class="unseen">
        {t('memory.kind')}
      </label>
      <select
        id={id}
        class="input"
        value={value}
        onChange={(event) => onValue(event.currentTarget.value as FactKind | 'all')}
      >
        <option value="all">{t('memory.kindAll')}</option>
        {kinds.map((kind) => (
          <option key={kind} value={kind}>
            {t(`memory.kind.${kind}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Since({ value, onValue }: { value: string; onValue(day: string): void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class="unseen">
        {t('memory.since')}
      </label>
      <input
        id={id}
        class="input"
        type="date"
        title={t('memory.since')}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </div>
  );
}
