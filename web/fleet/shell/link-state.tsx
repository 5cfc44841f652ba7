/** Whether what one sees is live; and when it is not, since when, in so many words. */
import { useEffect } from 'preact/hooks';
import { announce } from '../../parts/announce.ts';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { link, look } from '../live.ts';
import { clock } from '../measures.ts';
import { say } from '../words/say.ts';

export function LinkState() {
  const { state } = link.value;
  const words = { live: 'live.on', connecting: 'live.connecting', lost: 'live.lost' } as const;
  return (
    <span class={`link link-${state}`}>
      <span class="link-dot" />
      {say(words[state])}
    </span>
  );
}

export function LinkBanner() {
  const now = link.value;
  const isLost = now.state === 'lost';
  useEffect(() => {
    // Everything on the page is drawn as what it is then: old.
    document.documentElement.dataset['link'] = isLost ? 'lost' : 'there';
    return () => {
      if (isLost) announce(say('live.back'));
    };
  }, [isLost]);
  if (now.state !== 'lost') return null;
  return (
    <div class="link-banner" role="alert">
      <Icon name="about" />
      <span>{say('live.lostText', { time: clock(now.since) })}</span>
      <Button kind="plain" icon="again" onClick={() => void look()}>
        {say('live.tryNow')}
      </Button>
    </div>
  );
}
