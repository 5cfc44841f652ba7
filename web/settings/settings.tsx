/** The settings page: tabs on the left of a desk, above on a phone. */
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { IconButton } from '../parts/button.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { type Tab, tabs } from '../routes.ts';
import { isAdmin } from '../shell/person.ts';
import { About } from './about.tsx';
import { Account } from './account.tsx';
import { Documents } from './documents.tsx';
import { Keys } from './keys.tsx';
import { Memory } from './memory.tsx';
import { Models } from './models.tsx';
import { People } from './people.tsx';

const pages: Record<Tab, { icon: IconName; page: ComponentType }> = {
  account: { icon: 'person', page: Account },
  people: { icon: 'people', page: People },
  keys: { icon: 'key', page: Keys },
  memory: { icon: 'memory', page: Memory },
  documents: { icon: 'document', page: Documents },
  models: { icon: 'model', page: Models },
  about: { icon: 'about', page: About },
};

interface SettingsProps {
  tab: Tab;
  sidebarHidden: boolean;
  onSidebar(): void;
}

export function Settings({ tab, sidebarHidden, onSidebar }: SettingsProps) {
  const Page = pages[tab].page;
  const title = t(`tab.${tab}`);
  useEffect(() => {
    document.title = `${title} · Rockpool`;
  }, [title]);
  return (
    <main class="settings" id="main" tabIndex={-1}>
      <header class="chat-head">
        {sidebarHidden && <IconButton icon="menu" label={t('nav.openSidebar')} onClick={onSidebar} />}
        <h1 class="chat-title">{t('settings.title')}</h1>
      </header>
      <div class="settings-body">
        <nav class="tabs" aria-label={t('settings.title')}>
          {tabs
            .filter((one) => one !== 'people' || isAdmin.value)
            .map((one) => (
              <a
                key={one}
                class="tab"
                href={`/settings/${one}`}
                aria-current={one === tab ? 'page' : undefined}
                ref={one === tab ? inView : null}
              >
                <Icon name={pages[one].icon} />
                <span>{t(`tab.${one}`)}</span>
              </a>
            ))}
        </nav>
        <div class="settings-page" key={tab}>
          <h2 class="settings-title">{title}</h2>
          <Page />
        </div>
      </div>
    </main>
  );
}

/** On a phone the tabs are wider than the screen. */
function inView(tab: HTMLElement | null): void {
  tab?.scrollIntoView({ block: 'nearest', inline: 'center' });
}
