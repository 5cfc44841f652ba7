/** The chat page: header, conversation or welcome, composer, and files dropped anywhere on it. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { IconButton } from '../parts/button.tsx';
import { Mark } from '../parts/logo.tsx';
import { Lost } from '../parts/lost.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import { sessionPath } from '../routes.ts';
import { navigate } from '../shell/navigation.ts';
import { SessionMenu } from '../shell/session-menu.tsx';
import { attach } from './attachments.ts';
import { Composer } from './composer.tsx';
import { openProblem, reload, show, transcript } from './conversation.ts';
import { source } from './source.ts';
import { SourcePanel } from './source-panel.tsx';
import { Thread } from './thread.tsx';
import { Tries, Welcome } from './welcome.tsx';

interface ChatProps {
  sessionId: string | null;
  messageId: number | null;
  sidebarHidden: boolean;
  onSidebar(): void;
}

export function Chat({ sessionId, messageId, sidebarHidden, onSidebar }: ChatProps) {
  const [dropping, setDropping] = useState(false);
  useEffect(() => {
    source.value = null;
    void show(sessionId);
  }, [sessionId]);
  const { session, messages, live } = transcript.value;
  const title = session?.title ?? '';
  useEffect(() => {
    document.title = title ? `${title} · Rockpool` : 'Rockpool';
  }, [title]);
  const empty = sessionId === null && messages.length === 0 && !live;
  return (
    <>
      <main
        class={empty ? 'chat chat-empty' : 'chat'}
        id="main"
        tabIndex={-1}
        onDragOver={(event) => {
          if (!event.dataTransfer?.types.includes('Files')) return;
          event.preventDefault();
          setDropping(true);
        }}
        onDragLeave={(event) => event.currentTarget === event.target && setDropping(false)}
        onDrop={(event) => {
          event.preventDefault();
          setDropping(false);
          attach([...(event.dataTransfer?.files ?? [])]);
        }}
      >
        <header class="chat-head">
          {sidebarHidden && <IconButton icon="menu" label={t('nav.openSidebar')} onClick={onSidebar} />}
          <h1 class={session ? 'chat-title' : 'unseen'}>{title || t('session.untitled')}</h1>
          {session && <SessionMenu session={session} label={t('session.menuThis')} />}
        </header>
        {empty ? <Welcome /> : <Opened sessionId={sessionId} messageId={messageId} />}
        {openProblem.value?.code !== 'not-found' && (
          <Composer
            sessionId={sessionId}
            replying={!empty}
            onSent={(id) => navigate(sessionPath(id), sessionId ? 'replace' : 'push')}
          />
        )}
        {empty && <Tries />}
        {dropping && (
          <div class="drop">
            <Mark size={48} />
            <p>{t('composer.drop')}</p>
          </div>
        )}
      </main>
      <SourcePanel />
    </>
  );
}

function Opened({ sessionId, messageId }: { sessionId: string | null; messageId: number | null }) {
  const problem = openProblem.value;
  if (problem) {
    return (
      <div class="thread-frame thread-middle">
        {problem.code === 'not-found' ? (
          <Lost />
        ) : (
          <ProblemLine problem={problem} retry={() => void reload()} />
        )}
      </div>
    );
  }
  if (sessionId !== null && !transcript.value.session && !transcript.value.live) {
    return (
      <div
        class="thread-frame thread-middle"
        aria-busy="true"
        aria-label={t('thread.loading')}
        role="status"
      />
    );
  }
  return <Thread target={messageId} />;
}
