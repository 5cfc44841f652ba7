/** Keeps the newest words in view while one is near them, and never pulls back someone who reads further up. */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

const nearPx = 80;

interface Bottom {
  near: ReadonlySignal<boolean>;
  scrolled(): void;
  go(): void;
}

export function followBottom(
  scroller: RefObject<HTMLElement | null>,
  sessionId: string | null,
  asking: boolean,
): Bottom {
  const near = useSignal(true);
  const lastTop = useRef(0);
  useEffect(() => {
    const box = scroller.current;
    const content = box?.firstElementChild;
    if (!box || !content) return;
    const follow = new ResizeObserver(() => {
      if (near.value) box.scrollTop = box.scrollHeight;
    });
    follow.observe(content);
    follow.observe(box);
    return () => follow.disconnect();
  }, []);
  useEffect(() => {
    near.value = !location.hash; // an address may point at a message further up
    const box = scroller.current;
    if (box && near.value) box.scrollTop = box.scrollHeight;
  }, [sessionId]);
  useEffect(() => {
    const box = scroller.current;
    if (!asking || !box) return;
    near.value = true; // one's own question is worth seeing, wherever one was reading
    box.scrollTop = box.scrollHeight;
  }, [asking]);
  return {
    near,
    scrolled: () => {
      const box = scroller.current;
      if (!box) return;
      const wentUp = box.scrollTop < lastTop.current;
      lastTop.current = box.scrollTop;
      const left = box.scrollHeight - box.scrollTop - box.clientHeight;
      // Growing content also fires this; only the reader's own way up lets go.
      if (left < nearPx) near.value = true;
      else if (wentUp) near.value = false;
    },
    go: () => {
      near.value = true;
      const box = scroller.current;
      box?.scrollTo({ top: box.scrollHeight, behavior: 'smooth' });
    },
  };
}
