/** Chooses what to show: the door before one is signed in, the house after. */
import { announcement } from '../parts/announce.ts';
import { Toasts } from '../parts/toast.tsx';
import { Alerts } from './alerts/alerts.tsx';
import { Device } from './device/device.tsx';
import { Devices } from './devices/devices.tsx';
import { Enrolment } from './enrolment/enrolment.tsx';
import { route } from './navigation.ts';
import { Overview } from './overview/overview.tsx';
import { Audit } from './people/audit.tsx';
import { Operators } from './people/operators.tsx';
import { canOperate, isAdmin, known } from './person.ts';
import { NewRollout } from './rollouts/new-rollout.tsx';
import { Releases } from './rollouts/releases.tsx';
import { Rollout } from './rollouts/rollout.tsx';
import { Rollouts } from './rollouts/rollouts.tsx';
import type { Route } from './routes.ts';
import { FirstSetup, Login, NobodyThere } from './shell/enter.tsx';
import { House, Lost } from './shell/house.tsx';
import { Keys } from './shell/keys.tsx';
import { OwnPassword } from './shell/own-password.tsx';

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
  const me = known.value;
  if (!me) return <NobodyThere />;
  if (me.needsSetup) return <FirstSetup />;
  if (!me.operator) return <Login controller={me.controller} />;
  const here = route.value;
  return (
    <House here={here}>
      <Inside here={here} />
      <Keys />
      <OwnPassword />
    </House>
  );
}

function Inside({ here }: { here: Route }) {
  switch (here.page) {
    case 'overview':
      return <Overview by={here.by} />;
    case 'devices':
      return <Devices filter={here.filter} />;
    case 'device':
      return <Device key={here.name} name={here.name} />;
    case 'alerts':
      return <Alerts closed={here.closed} />;
    case 'rollouts':
      return <Rollouts />;
    case 'new-rollout':
      return canOperate.value ? <NewRollout release={here.release} /> : <Lost />;
    case 'rollout':
      return <Rollout key={here.id} id={here.id} />;
    case 'releases':
      return <Releases />;
    case 'enrolment':
      return canOperate.value ? <Enrolment /> : <Lost />;
    case 'operators':
      return isAdmin.value ? <Operators /> : <Lost />;
    case 'audit':
      return isAdmin.value ? <Audit /> : <Lost />;
    default:
      return <Lost />;
  }
}
