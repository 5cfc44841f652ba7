/** What a Chinese sentence asks of memory. */
import { isDoubtful, saysFact } from './chinese-statements.ts';
import { nothing, type Reading } from './noticed.ts';

const leadIn =
  /^(?:你好|您好|嗨|嘿|早上好|下午好|晚上好|好的|好|嗯|哦|对了|對了|另外|还有|還有|而且|那么|那麼|更新(?=[:：])|通知(?=[:：])|提醒(?=[:：,，])|最新消息|顺便说一下|順便說一下|顺便说一句|顺便提一下|顺便|提醒一下|告诉你|告訴你|跟你说一下|跟你说|我跟你说|我告诉你|谢谢|謝謝|Pebble|小石)(?:[,，。!！:：、\s]+|(?=我(?!们)|我们|请|記|记))/u;

/** 你, 请, 帮我 … before the verb. */
const politely =
  '(?:请|請|麻烦|麻煩|拜托|拜託|劳驾|你|您|一定|千万|千萬|务必|務必|要|必须|应该|得|帮我|幫我|替我|给我|給我|帮忙|可以|能|能不能|可不可以|能否|想让你|我想让你|我要你|希望你|好好|先|再|都){0,6}';
const verb =
  '(?:记住|記住|记下来|記下來|记下|記下|记一下|記一下|记一记|记好|記好|牢记|牢記|记得|記得|记着|記著|记录一下|记录|記錄|备注一下|备注|備註|备忘|備忘|保存一下|(?:别|別|不要|勿|可别|不能)(?:忘了|忘记|忘記|忘))';
const explicit = new RegExp(
  `^(?<polite>${politely})(?<verb>${verb})(?<this>一下|了|这一点|这点|这件事|这个|這個|以下|下面)?(?:内容|事情|的话)?(?<link>[,，:：、\\s]*)(?<rest>.*)$`,
  'u',
);
const note =
  /^(?:请注意|請注意|注意|备注|備註|备忘|備忘|提示|以备将来参考|以备后用|以后会用到|供以后参考)\s*[:：,，]\s*(?<rest>.+)$/u;
const trailing = new RegExp(
  `^(?<rest>.+?)[,，;；\\s]+(?:这个|这点|这一点|这件事)?${politely}(?:记住|記住|记一下|記一下|记下来|記下來|记下|記下|记好|別忘了|别忘了|不要忘了|别忘记|不要忘记)(?:了|吧|啊|哦|喔|这个|这一点|这点|它|一下|好吗|谢谢)*[。.!！]*$`,
  'u',
);
const never =
  /^(?:请|請|你|您)*(?:不要|别|別|不用|不必|无需|無需|不需要|勿|不许|不准|禁止)(?:去|再|帮我|给我)?(?:记住|記住|记下|記下|记录|記錄|记得|记|記|保存|存)(?!得.*吗)/u;
const asksBack = /(?:什么|什麼|吗|嗎|谁说|多少|哪里|哪儿|怎么|怎麼)/u;
const isQuestion =
  /[?？]\s*$|(?:吗|嗎|呢|么)[。.!！\s]*$|什么|什麼|为何|谁(?!都|也)|誰|哪(?:里|儿|个|些|天|位|一|种|裡)|几(?:点|个|号|岁|时|楼|天|次)|幾|多少|多久|多大|怎么|怎麼|怎样|怎樣|如何|为什么|是不是|有没有|有沒有|能不能|会不会|可不可以|是否|何时|何處|何处/u;
const hypothetical =
  /^(?:如果|假如|假设|假設|要是|倘若|万一|比如|比方|例如|譬如|假定|假装|就当|设想|想象|即使|除非|我(?:觉得|认为|想|猜|以为|希望|怀疑|估计))/u;
const task =
  /^(?:请|請|帮我|幫我|麻烦你?|你|能不能|可以|给我){0,3}(?:把.{2,60}(?:翻译|翻譯|译成|改写|润色|总结)|翻译|翻譯|改写|改寫|润色|潤色|总结|總結|概括|校对|校對|修改|缩短|解释|解釋|分析|续写|写|寫|起草|回复|回答|改正|检查|加一句|加上|补充|说明一下|插入|把(?:这|下面|以下).{0,12}(?:翻译|改|总结|写))/u;

const forget = new RegExp(
  `^${politely}(?:忘记|忘記|忘掉|忘了|遗忘|清除|删除|刪除|删掉|抹掉|抹去)(?:掉|了)?[,，:：\\s]*(?<what>.+)$`,
  'u',
);
const forgetBa = new RegExp(
  `^${politely}(?:把|将|將)(?<what>.+?)(?:给|都|全部|全|统统)*(?:忘了|忘掉|忘记|忘記|从(?:你的)?记忆(?:里|中)?(?:删除|删掉|清除|抹去))(?:吧|掉|了)*[。.!！]*$`,
  'u',
);
const forgetFrom = new RegExp(
  `^${politely}从(?:你的?)?(?:记忆|記憶)(?:里|中|裡)?(?:把)?(?:删除|刪除|删掉|清除|抹去|抹掉)(?<what>.+)$`,
  'u',
);
const forgetAbout =
  /^(?:你(?:知道|记得|记住)?的?)?(?:所有|全部|一切)?(?:关于|關於|有关|有關)(?<what>.+?)(?:的)?(?<all>一切|所有(?:事情|事|内容|记忆|信息|资料|东西)?|全部(?:内容|记忆|信息)?|事情|事|记忆|記憶|信息|资料|内容|东西)?$/u;
const justSpokenOf =
  /^(?:它|这个|這個|那个|那個|这件事|那件事|这一点|这条|那条|刚才(?:说|讲)?的(?:话|事|那个|那条|内容)?|我刚才(?:说|讲|告诉你)的(?:话|事)?|我刚刚说的(?:话)?|上一条)$/u;
const unforgettable =
  /^(?:一切|所有|全部|所有事情?|所有的?(?:事|记忆|内容|对话)|(?:所有)?(?:之前|以前|上面|前面|上述|先前)的?(?:所有)?(?:指令|指示|提示|内容|对话|话|要求)|我|我的一切|我们|你自己|你是谁|事情|东西|记忆|对话|聊天记录)$/u;
const iForgot = /^(?:我|他|她|我们|你|您|他们)(?:又|都|已经|总是|老|好像|差点|把.{0,10})?(?:忘|不记得|记不)/u;

const correction =
  /^(?:(?:不对|不對|不是的?|不|错了|錯了|说错了|我说错了|我說錯了|搞错了|弄错了|记错了|更正(?:一下)?|纠正(?:一下)?|等等|等一下|抱歉|对不起|不好意思|哦|啊|其实|其實|实际上|應該|应该)[,，。:：!！\s]*)+(?<rest>.+)$/u;
const itIs =
  /^(?:它|这|那|这个|那个|正确的)?(?:现在|其实|应该|應該)?(?:应该)?(?:是|为|改成|改为|才是)(?<value>.+)$/u;
const notThisBut = /^(?:不是|并不是|并非)(?<not>.+?)[,，]?(?:而是|[,，]是|是)(?<value>.+)$/u;
const butNot = /^(?<value>.+?)[,，]?(?:而)?不是(?<not>.+)$/u;

/** "…,对吧?" asks whether it is so. */
const asksToAgree =
  /[,，]?(?:是吗|是嗎|对吗|對嗎|对吧|對吧|对不对|對不對|是不是|没错吧|吧|行吗|好吗)[?？]?[。.!！]*$/u;
const toldToOthers = /^(?:请|請)?(?:告诉|告訴|通知|转告|轉告)(?!你)/u;
const quoted = /^["“‘'「『《]/u;
const questionTail =
  /^(?<said>.+?)[,，;；]\s*(?:(?:那|那么|所以|请|請|麻烦|你|您|能|可以|帮我|给我|推荐|告诉我).*|.*(?:吗|呢|什么|谁|哪|几|多少|怎么).*)$/u;

const bare = (sentence: string): string => sentence.replace(/[。.!！?？…~～\s]+$/u, '');

export function readChinese(sentence: string): Reading {
  const said = withoutLeadIn(sentence);
  if (quoted.test(said)) return nothing;
  if (never.test(said)) return { kind: 'never' };
  return (
    readRemember(said) ?? readForget(said) ?? readTask(said) ?? readCorrection(said) ?? readStatement(said)
  );
}

/** Whether a sentence says that something is so; `task`: it sets work to do, or asks not to be remembered. */
export function assertsChinese(sentence: string): boolean | 'task' {
  const said = withoutLeadIn(sentence);
  if (task.test(said) || never.test(said) || toldToOthers.test(said)) return 'task';
  const plain = bare(said);
  const asks = isQuestion.test(said) || asksToAgree.test(said) || forget.test(said);
  return !(asks || quoted.test(said) || hypothetical.test(plain) || isDoubtful(plain));
}

function withoutLeadIn(sentence: string): string {
  let said = sentence.trim();
  for (let i = 0; i < 3; i += 1) {
    const next = said.replace(leadIn, '');
    if (next === said || next === '') break;
    said = next;
  }
  return said;
}

function readRemember(said: string): Reading | undefined {
  if (/^(?:你)?(?:还|還)(?:记得|記得)|^(?:你)?(?:记得|記得|记住).*(?:吗|嗎|什么)/u.test(said)) return nothing;
  const noted = note.exec(said)?.groups?.['rest'];
  if (noted !== undefined && !isQuestion.test(noted)) return { kind: 'remember', text: noted };
  const trailed = trailing.exec(said)?.groups?.['rest'];
  if (trailed !== undefined && !isQuestion.test(trailed)) return { kind: 'remember', text: trailed };
  const groups = explicit.exec(said)?.groups;
  if (!groups || !mayAsk(groups['polite'] ?? '', groups['verb'] ?? '')) return undefined;
  return readExplicit(groups['rest'] ?? '', groups);
}

/** 我记得 tells, 记得 and 你要记得 ask. */
const mayAsk = (polite: string, asked: string): boolean =>
  !/^(?:可以|能)$/u.test(polite) || !/得$/u.test(asked);

const filler = /^(?:一下|了|吧|啊|哦|喔|呀|好|这个|这一点|这点|这件事|它|以下内容|以下)?[。.!！]*$/u;
const courtesy = /[,，\s]*(?:好吗|好嗎|好不好|可以吗|行吗|可以嗎|谢谢|謝謝|多谢|拜托了?)[。.!！?？]*$/u;

function readExplicit(
  rest: string,
  { this: these = '', link = '' }: Record<string, string | undefined>,
): Reading {
  const text = rest.replace(courtesy, '').replace(/(?:吗|嗎)[?？]$/u, '');
  if (filler.test(text)) {
    return /[:：]/u.test(link) || /以下|下面/u.test(these)
      ? { kind: 'remember-next' }
      : these === '了' && text === ''
        ? nothing
        : { kind: 'remember-previous' };
  }
  // 你能记住我说的话吗? asks whether, not that.
  if (/[?？]$/u.test(rest) && !/(?:是|在|叫|[:：=]|\d)/u.test(text)) return nothing;
  if (/[?？]$/u.test(text) || asksBack.test(text) || /^(?:我|你)(?:说|讲)(?:的|过)/u.test(text))
    return nothing;
  return text.length < 2 ? nothing : { kind: 'remember', text };
}

function readForget(said: string): Reading | undefined {
  if (
    iForgot.test(said) ||
    (/(?:吗|嗎)[?？。]*$/u.test(said) && !/^(?:请|请你|你?能|你?可以|能不能)/u.test(said))
  )
    return undefined;
  const plain = bare(said.replace(courtesy, '')).replace(/(?:吧|吗|好了|了吧|啊|哦)$/u, '');
  const what = (forgetFrom.exec(plain) ?? forgetBa.exec(plain) ?? forget.exec(plain))?.groups?.[
    'what'
  ]?.trim();
  if (what === undefined) return undefined;
  const deleting = /^\S{0,8}?(?:清除|删除|刪除|删掉|抹掉|抹去)/u.test(plain);
  if (deleting && !/记忆|記憶|记住|记得/u.test(plain)) return undefined;
  if (justSpokenOf.test(what)) return { kind: 'forget', about: null, everything: false };
  if (unforgettable.test(what) || /[?？]/u.test(what)) return nothing;
  const about = forgetAbout.exec(what)?.groups;
  const subject = (about?.['what'] ?? what).replace(/(?:的)?(?:记忆|記憶)$/u, '');
  if (unforgettable.test(subject)) return nothing;
  const everything =
    about !== undefined && (/所有|全部|一切/u.test(what) || /^(?:一切|所有|全部)/u.test(about['all'] ?? ''));
  return { kind: 'forget', about: subject, everything };
}

const readTask = (said: string): Reading | undefined => (task.test(said) ? { kind: 'task' } : undefined);

function readCorrection(said: string): Reading | undefined {
  if (/[?？]\s*$/u.test(said)) return undefined;
  const plain = bare(said);
  const swapped = notThisBut.exec(plain.replace(/^(?:不对|错了)[,，]\s*/u, ''))?.groups;
  if (swapped) return { kind: 'correction', value: swapped['value'] ?? '', not: swapped['not'] ?? null };
  const rest = correction.exec(plain)?.groups?.['rest'];
  if (rest === undefined) return undefined;
  const value =
    itIs.exec(rest)?.groups?.['value'] ?? (/^[\w#*.@:+-]*\d[\w#*.@:+-]*$/u.test(rest) ? rest : undefined);
  if (value === undefined)
    return { kind: 'restated', text: rest, plain: readStatement(rest).kind === 'statement' };
  const but = butNot.exec(value)?.groups;
  return { kind: 'correction', value: but?.['value'] ?? value, not: but?.['not'] ?? null };
}

function readStatement(said: string): Reading {
  if (asksToAgree.test(said)) return nothing;
  const own = isQuestion.test(said) ? (questionTail.exec(said)?.groups?.['said'] ?? said) : said;
  const plain = bare(own);
  if (isQuestion.test(own) || hypothetical.test(plain) || toldToOthers.test(said)) return nothing;
  return saysFact(plain) ? { kind: 'statement', text: own } : nothing;
}
