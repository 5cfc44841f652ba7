/** The list of chats: beside the conversation on a desk, a drawer on a phone. */

import { computed } from '@preact/signals';
import type { Session } from '@rockpool/protocol/chat';
import { t } from '../i18n/language.ts';
import { IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/logo.tsx';
import { sessionPath } from '../routes.ts';
import { chooseTheme } from './choices.ts';
import { grouped } from './groups.ts';
import { route } from './navigation.ts';
import { me } from './person.ts';
import { looksDark } from './screen.ts';
import { openSearch } from './search.tsx';
import { SessionMenu } from './session-menu.tsx';
import { listArchived, sessions, showsArchived } from './sessions.ts';

const groups = computed(() => grouped(sessions.value ?? [], new Date()));
const modKey = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl ';

export function Sidebar({ onHide }: { onHide(): void }) {
  return (
    <nav class="sidebar" aria-label={t(showsArchived.value ? 'nav.archived' : 'nav.sessions')}>
      <div class="sidebar-head">
        <a class="brand" href="/">
          <Mark />
          <span>Rockpool</span>
        </a>
        <IconButton icon="sidebar" label={t('nav.closeSidebar')} onClick={onHide} />
      </div>
      <div class="sidebar-acts">
        <a class="sidebar-act sidebar-new" href="/">
          <Icon name="plus" />
          <span>{t('nav.new')}</span>
        </a>
        <button type="button" class="sidebar-act" onClick={openSearch}>
          <Icon name="search" />
          <span>{t('nav.search')}</span>
          <kbd>{modKey}K</kbd>
        </button>
      </div>
      <SessionList />
      <Foot />
    </nav>
  );
}

function SessionList() {
  const archived = showsArchived.value;
  return (
    <div class="sessions">
      {archived && (
        <button type="button" class="sidebar-act" onClick={() => void listArchived(false)}>
          <Icon name="left" />
          <span>{t('nav.back')}</span>
        </button>
      )}
      {groups.value.map((group) => (
        <section key={group.name}>
          <h2 class="sessions-group">{t(`group.${group.name}`)}</h2>
          <ul>
            {group.sessions.map((session) => (
              <Row key={session.id} session={session} />
            ))}
          </ul>
        </section>
      ))}
      {sessions.value?.length === 0 && (
        <p class="sessions-none">{t(archived ? 'sessions.noneArchived' : 'sessions.empty')}</p>
      )}
    </div>
  );
}

function Row({ session }: { session: Session }) {
  const title = session.title || t('session.untitled');
  const here = route.value.page === 'session' && route.value.id === session.id;
  return (
    <li class={here ? 'session session-here' : 'session'}>
      <a href={sessionPath(session.id)} aria-current={here ? 'page' : undefined} title={title}>
        {title}
      </a>
      <SessionMenu session={session} label={t('session.menu', { title })} />
    </li>
  );
}

function Foot() {
  const person = me.value;
  const dark = looksDark.value;
  return (
    <div class="sidebar-foot">
      <a class="person" href="/settings/account" title={t('nav.settings')}>
        <span class="person-face" aria-hidden="true">
          {[...(person?.name ?? '')][0]?.toUpperCase()}
        </span>
        <span class="person-name">{person?.name}</span>
        <span class="unseen">{t('nav.settings')}</span>
      </a>
      {!showsArchived.value && (
        <IconButton icon="archive" label={t('nav.archived')} onClick={() => void listArchived(true)} />
      )}
      <IconButton
        icon={dark ? 'sun' : 'moon'}
        label={t(dark ? 'theme.toLight' : 'theme.toDark')}
        onClick={() => chooseTheme(dark ? 'light' : 'dark')}
      />
    </div>
  );
}
