/** What the model wrote, made safe to show: no image, form, frame, style or script; links only to where links may lead. */
import createPurifier from 'dompurify';

const tags = (
  'a b blockquote br code del em h3 hr i kbd li mark ol p pre s span strong sub sup ' +
  'table tbody td th thead tr ul'
).split(' ');
const attributes = ['href', 'title', 'start', 'align', 'class', 'data-maths'];

const purifier = createPurifier(window);
purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.hasAttribute('class') && !/^(?:language-[\w+#.-]{1,30}|minor)$/.test(node.className))
    node.removeAttribute('class');
  if (node.tagName !== 'A') return;
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer nofollow');
});

export function purified(html: string): DocumentFragment {
  return purifier.sanitize(html, {
    ALLOWED_TAGS: tags,
    ALLOWED_ATTR: attributes,
    ADD_URI_SAFE_ATTR: ['start', 'align', 'data-maths'],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
}
