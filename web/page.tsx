/** Chooses what to show: a door before one is signed in, the house after. */
import { useEffect } from 'preact/hooks';
import { Chat } from './chat/chat.tsx';
import { Door } from './door/door.tsx';
import { Join } from './door/join.tsx';
import { Login } from './door/login.tsx';
import { Setup } from './door/setup.tsx';
import { t } from './i18n/language.ts';
import { announcement } from './parts/announce.ts';
import { Dialog } from './parts/dialog.tsx';
import { Lost } from './parts/lost.tsx';
import { ProblemLine } from './parts/problem.tsx';
import { Toasts } from './parts/toast.tsx';
import type { Route } from './routes.ts';
import { Settings } from './settings/settings.tsx';
import { drawerOpen, sidebarShown, toggleSidebar } from './shell/choices.ts';
import { navigate, route, toLogin } from './shell/navigation.ts';
import { device, deviceProblem, me, meetDevice } from './shell/person.ts';
import { narrow } from './shell/screen.ts';
import { Search } from './shell/search.tsx';
import { refreshSessions } from './shell/sessions.ts';
import { Shortcuts } from './shell/shortcuts.tsx';
import { Sidebar } from './shell/sidebar.tsx';

export function Page() {
  return (
    <>
      <Room />
      <Toasts />
      <div class="unseen" role="status" aria-live="polite" id="status">
        {announcement.value}
      </div>
    </>
  );
}

function Room() {
  const status = device.value;
  const here = route.value;
  if (!status) return deviceProblem.value ? <Unreachable /> : null;
  if (here.page === 'setup' || status.needsSetup)
    return <Elsewhere to="/setup" here={here} door={<Setup />} page="setup" />;
  if (here.page === 'join') return <Join key={here.code} code={here.code} />;
  if (!me.value) return <SignIn here={here} />;
  if (here.page === 'login') return <Entered back={here.back} />;
  return <House here={here} />;
}

function Elsewhere(props: { to: string; here: Route; page: Route['page']; door: preact.JSX.Element }) {
  useEffect(() => {
    if (props.here.page !== props.page) navigate(props.to, 'replace');
  }, [props.here.page]);
  return props.door;
}

function SignIn({ here }: { here: Route }) {
  useEffect(toLogin, []);
  return <Login back={here.page === 'login' ? here.back : '/'} />;
}

function Entered({ back }: { back: string }) {
  useEffect(() => navigate(back, 'replace'), [back]);
  return null;
}

function Unreachable() {
  const problem = deviceProblem.value;
  return <Door>{problem && <ProblemLine problem={problem} retry={() => void meetDevice()} />}</Door>;
}

function House({ here }: { here: Route }) {
  useEffect(() => void refreshSessions(), []);
  useEffect(() => {
    drawerOpen.value = false;
  }, [here]);
  const beside = sidebarShown.value && !narrow.value;
  const hidden = { sidebarHidden: !beside, onSidebar: toggleSidebar };
  return (
    <div class={beside ? 'house' : 'house house-wide'}>
      <a class="skip" href="#main">
        {t('nav.skip')}
      </a>
      {beside && <Sidebar onHide={toggleSidebar} />}
      {narrow.value && drawerOpen.value && (
        <Dialog kind="drawer" title={t('nav.sessions')} bare onClose={toggleSidebar}>
          <Sidebar onHide={toggleSidebar} />
        </Dialog>
      )}
      <Inside here={here} {...hidden} />
      <Search />
      <Shortcuts />
    </div>
  );
}

function Inside({ here, ...hidden }: { here: Route; sidebarHidden: boolean; onSidebar(): void }) {
  switch (here.page) {
    case 'new':
      return <Chat sessionId={null} messageId={null} {...hidden} />;
    case 'session':
      return <Chat sessionId={here.id} messageId={here.messageId} {...hidden} />;
    case 'settings':
      return <Settings tab={here.tab} {...hidden} />;
    default:
      return (
        <main class="chat thread-middle" id="main" tabIndex={-1}>
          <Lost />
        </main>
      );
  }
}
