/** Markdown to HTML by marked: maths and images are ours, headings stand below the page's own. Not yet safe to show. */
import { Marked, type TokenizerAndRendererExtension } from 'marked';

const marked = new Marked({
  gfm: true,
  breaks: false,
  renderer: {
    // An image would be a request that the model chose, so it becomes words that lead there.
    image: ({ href, text }) => `<a href="${escaped(href)}">${escaped(text || href)}</a>`,
    html: ({ text }) =>
      /<\/?(?:br|sub|sup|kbd|mark|del|b|i|em|strong)\s*\/?>/i.test(text) ? text : escaped(text),
    // One level for all: answers start at any, and a page whose levels jump is hard to find one's way in by ear.
    heading({ tokens, depth }) {
      return `<h3${depth > 2 ? ' class="minor"' : ''}>${this.parser.parseInline(tokens)}</h3>\n`;
    },
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
  extensions: [
    maths('displayMaths', 'block', /^\s{0,3}\$\$([\s\S]+?)\$\$(?:\n|$)/, /\$\$/, true),
    maths('displayBrackets', 'block', /^\s{0,3}\\\[([\s\S]+?)\\\](?:\n|$)/, /\\\[/, true),
    maths('inlineDisplay', 'inline', /^\$\$([^$\n]+?)\$\$/, /\$\$/, true),
    // Not "$5 and $6": no space inside the dollars, no digit after the last.
    maths('inlineMaths', 'inline', /^\$((?!\s)[^$\n]{1,400}?)(?<!\s)\$(?!\d)/, /\$/, false),
    maths('inlineBrackets', 'inline', /^\\\(([^\n]{1,400}?)\\\)/, /\\\(/, false),
  ],
});

export const toHtml = (markdown: string): string => marked.parse(markdown, { async: false });

function maths(
  name: string,
  level: 'block' | 'inline',
  whole: RegExp,
  begin: RegExp,
  display: boolean,
): TokenizerAndRendererExtension {
  return {
    name,
    level,
    start: (source) => begin.exec(source)?.index,
    tokenizer(source) {
      const match = whole.exec(source);
      return match ? { type: name, raw: match[0], tex: (match[1] ?? '').trim() } : undefined;
    },
    renderer: (token) => {
      const code = `<code data-maths="${display ? 'display' : 'inline'}">${escaped(String(token['tex']))}</code>`;
      return level === 'block' ? `<p>${code}</p>\n` : code;
    },
  };
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
