/** What the LAN sees of a device that may not serve yet: what is missing, by name; the sentences only for who may know. No script. */
import { createHash } from 'node:crypto';
import type { PostureCode, PostureFinding } from '@rockpool/protocol/posture';

export interface PosturePage {
  name: string;
  /** Undefined before the first look ended. */
  findings: readonly PostureFinding[] | undefined;
  holds: boolean;
  /** Whoever asks is an administrator, or holds the setup code. */
  inDetail: boolean;
  /** Which forms there are. */
  forms: readonly ('code' | 'sign-in')[];
  /** A try that did not open it, in the words of the refusal. */
  refused?: string;
}

/** Short, and nothing that a stranger could use: in the device's two languages. */
const named: Record<PostureCode, { en: string; zh: string }> = {
  'disk-encrypted': { en: 'The encrypted data volume is not open', zh: '加密的数据卷没有打开' },
  'disk-sealed': { en: 'What opens the data volume', zh: '数据卷的开启方式' },
  'recovery-kept': { en: 'The recovery key', zh: '恢复密钥' },
  'swap-encrypted': { en: 'Swap', zh: '交换空间' },
  'core-dumps-off': { en: 'Memory of programs that crash', zh: '程序崩溃时的内存' },
  'tls-listening': { en: 'The secure connection', zh: '安全连接' },
  'tls-certificate': { en: 'The certificate of this page', zh: '此页面的证书' },
  identity: { en: "The device's own key", zh: '设备自身的密钥' },
  enrolled: { en: 'Enrolment with the controller', zh: '在控制器的登记' },
  clock: { en: 'The clock', zh: '时钟' },
};

const style = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:36rem;padding:2rem 1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;font-weight:600;margin:1.5rem 0 .25rem}
p{margin:.25rem 0 1rem}ul{list-style:none;padding:0}li{border-top:1px solid #8886;padding:.6rem 0}
li>span{display:block}code{font-size:.85em}form{border-top:1px solid #8886;margin-top:1.5rem;padding-top:1rem}
label{display:block;margin:.5rem 0}input{display:block;font:inherit;box-sizing:border-box;width:100%;max-width:20rem;padding:.5rem}
button{font:inherit;margin-top:.75rem;padding:.5rem 1.25rem}.no{font-weight:600}`;

/** Its own: one style that is written here, and nothing else at all. */
export const posturePagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function posturePage(page: PosturePage): string {
  const title = page.holds ? 'is getting ready' : 'is not ready';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(page.name)} ${title}</title><style>${style}</style></head><body><main>
<h1>${escaped(page.name)} ${title}</h1>
<p>It serves nobody until the following holds. Tell your administrator.</p>
<p lang="zh">以下各项满足之前,设备不为任何人服务。请告诉管理员。</p>
${listOf(page)}
${page.refused === undefined ? '' : `<p class="no" role="alert">${escaped(page.refused)}</p>`}
${page.forms.map((form) => forms[form]).join('\n')}
</main></body></html>
`;
}

function listOf({ findings, inDetail }: PosturePage): string {
  if (!findings)
    return '<p>It is being looked at. Reload in a moment. <span lang="zh">正在检查,请稍后刷新。</span></p>';
  const shown = findings.filter(({ state }) => state === 'bad' || (inDetail && state === 'warning'));
  if (shown.length === 0) return '<p>Reload in a moment. <span lang="zh">请稍后刷新。</span></p>';
  return `<ul>${shown.map((finding) => item(finding, inDetail)).join('')}</ul>`;
}

function item({ code, says, cure }: PostureFinding, inDetail: boolean): string {
  const { en, zh } = named[code];
  const detail = inDetail ? `<span>${escaped(says)}</span><span>→ ${escaped(cure ?? '')}</span>` : '';
  return `<li><span>${en} · <span lang="zh">${zh}</span> <code>${code}</code></span>${detail}</li>`;
}

const forms = {
  code: `<form method="post" action="/posture/code"><h2>Details · <span lang="zh">详情</span></h2>
<label>Setup code from the label · <span lang="zh">标签上的设置码</span><input name="code" autocomplete="off" autocapitalize="characters" required maxlength="64"></label>
<button>Show · <span lang="zh">显示</span></button></form>`,
  'sign-in': `<form method="post" action="/posture/sign-in"><h2>For administrators · <span lang="zh">管理员</span></h2>
<label>Name · <span lang="zh">用户名</span><input name="name" autocomplete="username" required maxlength="64"></label>
<label>Password · <span lang="zh">密码</span><input name="password" type="password" autocomplete="current-password" required maxlength="256"></label>
<button>Sign in · <span lang="zh">登录</span></button></form>`,
} as const;

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
