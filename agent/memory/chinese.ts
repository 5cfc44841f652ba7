/** What a Chinese sentence asks of memory. */
import { nothing, type Reading } from './noticed.ts';

const leadIn =
  /^(?:你好|您好|嗨|嘿|早上好|下午好|晚上好|好的|好|嗯|哦|对了|對了|另外|还有|還有|而且|那么|那麼|顺便说一下|順便說一下|顺便说一句|顺便提一下|顺便|提醒一下|告诉你|告訴你|跟你说一下|跟你说|我跟你说|我告诉你|谢谢|謝謝|Pebble|小石)(?:[,，。!！:：、\s]+|(?=我(?!们)|我们|请|記|记))/u;

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
const uncertain = /可能|也许|也許|大概|好像|似乎|或许|或許|说不定|听说|據說|据说/u;
const task =
  /^(?:请|請|帮我|幫我|麻烦你?|你|能不能|可以|给我){0,3}(?:翻译|翻譯|改写|改寫|润色|潤色|总结|總結|概括|校对|校對|修改|缩短|解释|解釋|分析|续写|写|寫|起草|回复|回答|改正|检查|把(?:这|下面|以下).{0,12}(?:翻译|改|总结|写))/u;

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

const officeThing =
  '(?:报警|報警|警报|门禁|門禁|大门|大門|前门|后门|无线网?|無線|wi-?fi|WLAN|网络|網路|路由器|保险柜|保险箱|办公室|辦公室|会议室|會議室|打印机|印表機|服务器|伺服器|公司|店|仓库|倉庫|前台|车库|停车|储物柜|邮箱|电梯|传真|客服|总机|财务|人事|会计|经理|老板|房东|供应商|快递|邮局|银行|账户|帳戶|咖啡机|备用|钥匙|鑰匙|例会|周会|会议|會議|截止|预算|合同|租约|午餐|培训|部门|项目|产品|发票|急救箱|灭火器|公章|印章)';
const attribute =
  '(?:密码|密碼|口令|代码|代碼|号码|號碼|电话|電話|传真|傳真|地址|邮箱|郵箱|账号|帳號|编号|編號|名称|名字|钥匙|鑰匙|时间|時間|日期|期限|位置|负责人|負責人|联系人|聯絡人|用户名|分机|分機|热线|楼层|房间号|网址|税号|价格|费用|预算|生日)';
const trouble = '(?:什么|不|没|沒|错|坏|很|太|真|挺|非常|如下|这样|吗|个问题|问题|怎)';

const statements = [
  /^我(?:的)?(?:全名|真名|英文名|中文名|名字|小名)?(?:叫(?:做)?|的名字是|名叫|姓)(?!你|他|她|不|了|外卖|车|人|什么).{1,40}$/u,
  /^(?:请|你可以|大家都|以后)*(?:叫我|称呼我(?:为)?|喊我)(?!起床|吃饭|去|来|一声).{1,20}$/u,
  /^我(?:们)?(?:家)?(?:也|还|严重|有点|一直)?对.{1,20}(?:过敏|不耐受|很感兴趣|感兴趣)$/u,
  /^我(?:平时|通常|一般|最|更|比较|非常|特别|很|一直|都|也|总是|从来|从|习惯|每天|每周.|只|还是){0,3}(?:喜欢|喜歡|爱吃|爱喝|热爱|讨厌|討厭|不喜欢|不吃|不喝|不能吃|不能喝|偏好|偏爱|习惯|爱)(?!你|这个|这样|它|那个|上面|知道|问).{1,60}$/u,
  /^我(?:现在|目前|一直|平时|每周.|每天|周.)?(?:住在|住|在)(?!想|找|写|看|做|用|问|等|考虑|学着|试|这|那|说|干|想着).{1,30}(?:工作|上班|办公|办公室|家办公|读书|上学|学习|市|区|路|楼|省|国|镇|村|街|县|里|层|海|京|州|圳|港|[\p{Script=Latin}])$/u,
  /^我(?:住在|来自|出生于|出生在|生于|毕业于|就职于|任职于|负责|主管|的职位是|的工作是).{1,60}$/u,
  /^我是(?!说|想|否|不是|来|在|问|指|要|谁|这么|觉得|认为|不会|怎|说的|为了|因为|从.{1,10}(?:看|听)).{0,30}(?:人|师|員|员|者|医生|護士|护士|老师|学生|经理|會計|会计|主任|总监|主管|老板|律师|秘书|助理|教授|博士|左撇子|素食主义|素食|司机|厨师|父亲|母亲|爸爸|妈妈|独生子|独生女|单身|实习生|新来的)$/u,
  /^我(?:今年|现在|已经)?(?:\d{1,3}|[一二三四五六七八九十百]{1,4})岁(?:了)?$/u,
  /^我(?:家)?(?:有|养了|养着)(?:[一二两三四五六七八九十\d]+)(?:个|只|条|匹|辆|名|位|套|间)(?!问题|想法|请求|建议|疑问|主意|事|会议|任务|bug).{1,40}$/u,
  new RegExp(
    `^我(?:的)?(?!问题|意思|想法|理解|错|建议|看法|疑问|电脑|代码|程序|文章|作文|论文).{1,16}?(?:现在|目前)?(?:是|叫|在|为|住在|住|到期|改成|改为|:|：)(?:了)?(?!${trouble}).{1,80}$`,
    'u',
  ),
  new RegExp(
    `^(?:我们|咱们|我司|本公司|我們|咱們|公司|本店|本部门)(?:的|公司|办公室|部门|店|家|团队|项目|学校|诊所)?.{0,24}?(?:现在|已经|目前)?(?:是|叫|在|为|使用|用的是|改成|改为|搬到|搬去|位于|每周.|每天|每月|周[一二三四五六日天]|星期[一二三四五六日天]).*(?!${trouble})[^?？]{1,80}$`,
    'u',
  ),
  /^(?:我们|咱们|公司|办公室|店里?|前台|食堂|银行|邮局|仓库|图书馆)(?:的)?.{0,16}(?:上班|下班|开门|关门|营业|休息|放假|打烊|开会|发工资)(?:了)?$/u,
  new RegExp(
    `^(?:新的?|旧的?|现在的?)?.{0,8}?(?:${officeThing}|${attribute}).{0,10}?(?:现在|已经|目前|今后|以后|的)?(?:是|为|在|改成|改为|换成|变成|变更为|叫|[:：])(?:了)?(?!${trouble}).{1,80}$`,
    'u',
  ),
  /^(?:从现在(?:起|开始)|从今天(?:起|开始)|从今以后|从今往后|自即日起|即日起|从明天(?:起|开始)|从下(?:周|个月|月|周.)(?:起|开始)?|自今日起|今后|從現在(?:起|開始))[,，]?.{2,80}$/u,
];
const reported =
  /^(?:他|她|他们|她们|有人|别人|客户|老师|同事|书上|文章|报纸).{0,8}(?:说|让|要求|问|告诉|写|提到)/u;
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
  const own = isQuestion.test(said) ? (questionTail.exec(said)?.groups?.['said'] ?? said) : said;
  const plain = bare(own);
  if (isQuestion.test(own) || hypothetical.test(plain) || uncertain.test(plain) || reported.test(plain))
    return nothing;
  if (plain.length > 120 || !statements.some((statement) => statement.test(plain))) return nothing;
  return { kind: 'statement', text: own };
}
