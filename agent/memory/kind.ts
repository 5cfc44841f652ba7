/** What kind of memory a sentence is: it decides how soon it pales. */
import type { FactKind } from '@rockpool/protocol/memory';

const procedure =
  /^(?:please\s+)?(?:always|never|in future|from now on,?\s+(?:please\s+)?(?!the|our|my|we|i)\p{L}+|answer|reply|use|call|lock|reset|press|ring|turn|switch)\b|\b(?:must|have to|has to|may only|before you|make sure)\b|^(?:请|以后请?|今后|一律|总是|每次)|必须|务必/iu;
const preference =
  /\b(?:prefers?|likes?|loves?|hates?|dislikes?|enjoys?|favou?rite|would rather|['’]d rather|can['’]?t stand)\b|喜欢|讨厌|偏好|爱吃|爱喝|最爱/iu;
/** What happened, or will happen once. */
const episode =
  /\b(?:parked|put|left|met|bought|ordered|lent|owe|went|visited|spoke|talked|wrote|showed|taught|gave|argued|disagreed|complained|borrowed|returned|jammed|broke|crashed|flew|attended|praised?|appointment|flight|today|tomorrow|tonight|this (?:week|morning|afternoon|month)|next (?:week|month)|out of (?:the )?office|on (?:leave|holiday|vacation)|is away|until)\b|\b(?:i|we|he|she|they) (?:was|were|had|sent)\b|\bhad (?:an? )?(?:lunch|dinner|breakfast|coffee|meeting|call|talk|chat)\b|今天|明天|后天|昨天|这周|本周|下周|休假|请假|出差|停在|停用|到周|到月底|预约|航班|(?:教|说|吃|聊|借|卡|争论|表扬|抱怨|投诉|见|买|寄|去)[过了]|得到.{0,12}表扬|教我|跟我(?:说|聊|讲)/iu;
/** A person by name: "Dmitri Volk was in Innsbruck". */
const someone = /^\p{Lu}\p{L}+(?: \p{Lu}\p{L}+)? (?:was|were|had|sent)\b/u;
/** How something has come to be is so from then on. */
const state =
  /\b(?:was|were|been|is|are) (?:\p{L}+ly )?(?:last )?(?:moved|changed|renamed|extended|renewed|postponed|raised|lowered|replaced|serviced|inspected|sold|delayed)\b|\b(?:last|latest) \p{L}+ (?:of|was|is)\b|\bhad its\b|\bruns? until\b|\bas of (?:today|now)\b|搬到|移到|改[到成为]|换[到成]|现在|延长|续签/iu;

export function kindOf(text: string): FactKind {
  if (procedure.test(text)) return 'procedure';
  if (preference.test(text)) return 'preference';
  const happens = episode.test(text) || someone.test(text);
  return happens && !state.test(text) ? 'episode' : 'fact';
}
