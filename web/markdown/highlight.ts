/** Colours in code, by highlight.js (classes only: our policy allows no inline style). Loaded when code first appears. */
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import markdown from 'highlight.js/lib/languages/markdown';
import php from 'highlight.js/lib/languages/php';
import powershell from 'highlight.js/lib/languages/powershell';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const known = {
  bash, c, cpp, csharp, css, diff, go, ini, java, javascript, json, kotlin, markdown, php, powershell, python, ruby,
  rust, sql, typescript, xml, yaml,
}; // biome-ignore format: one a line would be a page

for (const [name, grammar] of Object.entries(known)) hljs.registerLanguage(name, grammar);

/** Longer code stays plain: colouring it would hold up the page. */
const maxChars = 30_000;

export function highlight(code: HTMLElement): void {
  const language = /^language-(.+)$/.exec(code.className)?.[1] ?? '';
  if (!hljs.getLanguage(language) || code.textContent.length > maxChars) return;
  hljs.highlightElement(code);
}
