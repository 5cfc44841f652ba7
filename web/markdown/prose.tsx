/** Shows Markdown: finished blocks once, the growing tail again as it grows. */
import type { Citation } from '@rockpool/protocol/chat';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { language } from '../i18n/language.ts';
import { memo } from '../parts/memo.ts';
import { advance, type Blocks, blocksOf, noBlocks, worthParsing } from './blocks.ts';
import { purified } from './dompurify.ts';
import { dress } from './dress.ts';
import { toHtml } from './marked.ts';

interface ProseProps {
  text: string;
  citations: readonly Citation[];
  growing?: boolean;
}

export function Prose({ text, citations, growing = false }: ProseProps) {
  const cut = useRef<{ text: string; blocks: Blocks }>({ text: '', blocks: noBlocks });
  const parsed = useRef('');
  if (!text.startsWith(cut.current.text)) cut.current = { text: '', blocks: noBlocks };
  if (growing) cut.current = { text, blocks: advance(cut.current.blocks, text) };

  const finished = growing ? cut.current.blocks.committed : blocksOf(text);
  const tail = growing ? cut.current.blocks.tail : '';
  if (!tail.startsWith(parsed.current) || worthParsing(parsed.current.length, tail.length))
    parsed.current = tail;
  return (
    <div class="prose">
      {finished.map((block, place) => (
        <Block key={place} markdown={block} citations={citations} finished />
      ))}
      {parsed.current.trim() && (
        <Block key={finished.length} markdown={parsed.current} citations={citations} finished={false} />
      )}
    </div>
  );
}

interface BlockProps {
  markdown: string;
  citations: readonly Citation[];
  finished: boolean;
}

const Block = memo(function Block({ markdown, citations, finished }: BlockProps) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const content = purified(toHtml(markdown));
    dress(content, citations);
    place.current?.replaceChildren(content);
  }, [markdown, citations, language.value]);
  useLayoutEffect(() => {
    if (finished && place.current) void adorn(place.current);
  }, [markdown, citations, finished, language.value]);
  return <div class="block" ref={place} />;
});

/** Colours and formulas come a moment later, from chunks that most chats never load. */
async function adorn(place: HTMLElement): Promise<void> {
  const code = [...place.querySelectorAll<HTMLElement>('pre > code[class]')];
  const maths = [...place.querySelectorAll<HTMLElement>('code[data-maths]')];
  if (code.length > 0) {
    const { highlight } = await import('./highlight.ts');
    code.forEach(highlight);
  }
  if (maths.length > 0) {
    const { typeset } = await import('./temml.ts');
    maths.forEach(typeset);
  }
}
