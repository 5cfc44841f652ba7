/** The house: where one can go, who one is, whether what one sees is live; and the page itself. */
import { signal } from '@preact/signals';
import type { Change } from '@rockpool/protocol/fleet/api';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { Mark } from '../../parts/logo.tsx';
import { Menu } from '../../parts/menu.tsx';
import { chooseLanguage, chooseTheme, theme } from '../../shell/choices.ts';
import { attempt } from '../parts/deed.ts';
import { FleetIcon, type FleetIconName } from '../parts/fleet-icon.tsx';
import { canOperate, isAdmin, known, leave, operator } from '../person.ts';
import type { Route } from '../routes.ts';
import { useLive } from '../use-live.ts';
import { readAlerts } from '../wire.ts';
import { count, type Key, language, say } from '../words/say.ts';
import { openKeys } from './keys.tsx';
import { LinkBanner, LinkState } from './link-state.tsx';
import { openPassword } from './own-password.tsx';

interface Place {
  page: Route['page'];
  href: string;
  words: Key;
  icon: FleetIconName;
  /** Who else would only be refused there. */
  least?: 'operator' | 'admin';
}

const places: readonly Place[] = [
  { page: 'overview', href: '#/', words: 'nav.overview', icon: 'map' },
  { page: 'devices', href: '#/devices', words: 'nav.devices', icon: 'device' },
  { page: 'alerts', href: '#/alerts', words: 'nav.alerts', icon: 'bell' },
  { page: 'rollouts', href: '#/rollouts', words: 'nav.rollouts', icon: 'waves' },
  { page: 'enrolment', href: '#/enrolment', words: 'nav.enrolment', icon: 'key', least: 'operator' },
  { page: 'operators', href: '#/operators', words: 'nav.operators', icon: 'people', least: 'admin' },
  { page: 'audit', href: '#/audit', words: 'nav.audit', icon: 'document', least: 'admin' },
];

/** Where a page's own heading is told of, for the window's title. */
export const openAlerts = signal(0);

export function House({ here, children }: { here: Route; children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  return (
    <div class="fleet">
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {say('nav.skip')}
      </button>
      <header class="fleet-side">
        <a class="brand fleet-brand" href="#/">
          <Mark size={26} />
          <span class="fleet-brand-words">
            <span>Rockpool</span>
            <span class="fleet-controller">{known.value?.controller.name}</span>
          </span>
        </a>
        <Places here={here} />
        <div class="fleet-foot">
          <LinkState />
          <Own />
        </div>
      </header>
      <main class="fleet-main" id="main" tabIndex={-1} ref={main}>
        <LinkBanner />
        {children}
      </main>
    </div>
  );
}

const concerns = (change: Change) => change.alerts;

/** Pages that stand below another. */
const placeOf: Partial<Record<Route['page'], Route['page']>> = {
  device: 'devices',
  rollout: 'rollouts',
  'new-rollout': 'rollouts',
  releases: 'rollouts',
};

function Places({ here }: { here: Route }) {
  const alerts = useLive('nav-alerts', { read: () => readAlerts(true, 1), concerns });
  const total = alerts.value?.total ?? 0;
  useEffect(() => {
    openAlerts.value = total;
  }, [total]);
  const current = placeOf[here.page] ?? here.page;
  return (
    <nav class="places" aria-label={say('nav.label')}>
      {places
        .filter(({ least }) => !least || (least === 'admin' ? isAdmin.value : canOperate.value))
        .map(({ page, href, words, icon }) => (
          <a key={page} class="place" href={href} aria-current={page === current ? 'page' : undefined}>
            <FleetIcon name={icon} />
            <span>{say(words)}</span>
            {page === 'alerts' && total > 0 && (
              <span class="place-count" title={count('nav.alertsOpen', total)}>
                {total > 999 ? '999+' : total}
              </span>
            )}
          </a>
        ))}
    </nav>
  );
}

const nextTheme = { system: 'light', light: 'dark', dark: 'system' } as const;
const themeWords = { system: 'me.themeSystem', light: 'me.themeLight', dark: 'me.themeDark' } as const;
const themeIcons = { system: 'settings', light: 'sun', dark: 'moon' } as const satisfies Record<
  string,
  IconName
>;

function Own() {
  const me = operator.value;
  if (!me) return null;
  const other = nextTheme[theme.value];
  return (
    <div class="own">
      <span class="own-words">
        <span class="own-name">{me.name}</span>
        <span class="own-role">{say(`role.${me.role}`)}</span>
      </span>
      <Menu
        label={say('me.menu', { name: me.name })}
        items={[
          {
            words: say('me.language'),
            icon: 'edit',
            act: () => chooseLanguage(language.value === 'en' ? 'zh' : 'en'),
          },
          { words: say(themeWords[other]), icon: themeIcons[other], act: () => chooseTheme(other) },
          { words: say('me.password'), icon: 'key', act: openPassword },
          { words: say('me.keys'), icon: 'question', act: openKeys },
          { words: say('me.signOut'), icon: 'right', act: () => attempt(leave) },
        ]}
      />
    </div>
  );
}

export function PageHead({ title, children }: { title: string; children?: ComponentChildren }) {
  const open = openAlerts.value;
  useEffect(() => {
    document.title = `${open > 0 ? `(${open}) ` : ''}${title} · Rockpool`;
  }, [title, open]);
  return (
    <div class="page-head">
      <h1>{title}</h1>
      {children}
    </div>
  );
}

export function Lost({ words = say('nav.lost') }: { words?: string }) {
  return (
    <div class="lost">
      <Icon name="question" />
      <h1>{words}</h1>
      <p class="lead">{say('nav.lostHint')}</p>
      <a class="button button-main" href="#/">
        {say('nav.home')}
      </a>
    </div>
  );
}
