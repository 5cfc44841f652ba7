import { expect, test } from 'vitest';
import { toHtml } from './marked.ts';

test('an image becomes a link, so that showing an answer asks nobody for anything', () => {
  expect(toHtml('![a "plan"](http://evil.example/x.png)')).not.toContain('<img');
  expect(toHtml('![plan](http://a.example/x.png)')).toContain('<a href="http://a.example/x.png">plan</a>');
});

test('markup that the model wrote is shown as words', () => {
  expect(toHtml('<script>alert(1)</script>')).toContain('&lt;script&gt;');
  expect(toHtml('a <img src=x onerror=alert(1)> b')).toContain('&lt;img');
  expect(toHtml('H<sub>2</sub>O and<br>a new line')).toContain('<sub>2</sub>');
});

test('formulas are recognised and money is not', () => {
  expect(toHtml('so $a < b$ holds')).toContain('<code data-maths="inline">a &lt; b</code>');
  expect(toHtml('\\(x^2\\) and \\[y\\]')).toContain('data-maths="inline">x^2<');
  expect(toHtml('$$\nx\n$$')).toContain('data-maths="display"');
  expect(toHtml('it costs $5, or $6 with milk')).not.toContain('data-maths');
  expect(toHtml('`$a$` in code')).not.toContain('data-maths');
});

test('headings stand below those of the page, on one level', () => {
  expect(toHtml('# One')).toContain('<h3>One');
  expect(toHtml('#### Four')).toContain('<h3 class="minor">Four');
});
