/** The fact of the previous exchange with the value that a correction gives: "No, it's 4472." */

interface Correction {
  value: string;
  /** What it is not, when that was said. */
  not: string | null;
}

/** Longer is another sentence, not a value. */
const valueChars = 120;

/** "No, it's fine." judges; it gives no value. */
const noValue =
  /^(?:not|n['’]t|what|why|how|because|about|just|very|too|so|really|still|like)\b|^(?:fine|ok|okay|good|great|nice|perfect|right|correct|wrong|true|false|nothing|all right|alright|broken|working|me|you|over|done|enough|possible|impossible|important|easy|hard|difficult|different|the same|better|worse|complicated|my (?:fault|mistake|bad)|a (?:joke|mistake|problem|question))$|^(?:对|錯|错|好|不|没|什么|怎么|因为|这样|这个|那个|我|你|说|真的|假的|可以|行|问题|吗)/iu;

/** Undefined when the correction can't be about this fact. */
export function correctedBy(last: string, { value, not }: Correction): string | undefined {
  const right = value.trim().replace(/^(?:now|现在)\s*/u, '');
  if (right === '' || right.length > valueChars || /[?？]$/u.test(right) || noValue.test(right))
    return undefined;
  const end = last.match(/[.。!！]+$/u)?.[0] ?? '';
  const said = last.slice(0, last.length - end.length);
  if (not !== null) {
    const wrong = not.trim();
    const at = said.lastIndexOf(wrong);
    return wrong === '' || at < 0
      ? undefined
      : said.slice(0, at) + right + said.slice(at + wrong.length) + end;
  }
  const head = headOf(said);
  if (head !== undefined) return head + withoutRepeat(head, right) + end;
  return sameShape(said, right, end);
}

const englishVerb =
  /^.+?(?:\s(?:is|are|was|were|will be)(?: (?:now|called|named|allergic to))?|:|\s(?:live|lives|work|works|moved|prefer|like|love|drive|park(?:ed)?|starts?|opens?|closes?|leaves?|ends?|costs?|reports?)(?: (?:in|at|on|to|for))?)\s(?=\S)/iu;
/** "My name's Bob", but not "Petra's extension is 391": asked where there is no verb. */
const englishShort = /^.+?['’](?:s|m|re)(?: (?:now|called|named|allergic to))?\s(?=\S)/iu;
const chineseHead = /^.+?(?:是|叫(?:做)?|为|在|改成|改为|喜欢|住在|姓|[:：])/u;

/** Up to where the value begins. */
function headOf(said: string): string | undefined {
  if (/\p{Script=Han}/u.test(said)) return chineseHead.exec(said)?.[0];
  return (englishVerb.exec(said) ?? englishShort.exec(said))?.[0];
}

/** "The lift is in March." + "in April": the preposition is not said twice. */
function withoutRepeat(head: string, value: string): string {
  const last = head.trim().match(/\S+$/u)?.[0]?.toLowerCase();
  return last !== undefined && value.toLowerCase().startsWith(`${last} `)
    ? value.slice(last.length + 1)
    : value;
}

/** No verb to go by: the last number gives way to a number. */
function sameShape(said: string, value: string, end: string): string | undefined {
  if (!/^\S*\d\S*$/u.test(value)) return undefined;
  const old = [...said.matchAll(/[\w#*.:@+-]*\d[\w#*.:@+-]*/gu)].at(-1);
  return old ? said.slice(0, old.index) + value + said.slice(old.index + old[0].length) + end : undefined;
}
