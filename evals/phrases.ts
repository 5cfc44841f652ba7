/** How one says, in either language, that one doesn't know, or that somebody larger would. */

const dont = "(?:do|does|did|can|could|is|was|are|has|have)(?:n['o]?t| not)|cannot|can ?not";
const unknowing = [
  String.raw`\b(?:${dont})\b[^.!?]{0,40}\b(?:know|find|found|see|tell|say|mention|answer|contain|include|cover|list|help with|aware|sure|told|there|given|recorded|anything|information)`,
  String.raw`\bdunno\b|\bunsure\b|\bunknown\b|\bunable to\b|\bno idea\b`,
  String.raw`\bnot (?:sure|certain|aware|mentioned|listed|stated|given|recorded|in (?:the|my|this|these|what|any))\b`,
  String.raw`\b(?:no|any) (?:information|record|mention|entry|entries|details?|data|notes?|answer)\b`,
  String.raw`\b(?:nothing|none) (?:in|of|on|about|here|there|that|was|is|says|mentions)\b`,
  String.raw`\b(?:nobody|no one|no-one) (?:has )?(?:told|said|mentioned)\b|\b(?:never|not) (?:been )?told\b`,
  '不知道|不清楚|不确定|不了解|不晓得|找不到|查不到|没听说|无法|不在(?:我|这)',
  '(?:没有?|未)(?:能)?(?:找到|查到|提到|提及|说明|说|写|记录|记载|给出|包含|相关|这|信息|告诉|看到|任何|答案)',
].join('|');
const unknowingly = new RegExp(unknowing, 'iu');

const larger =
  /\b(?:larger|bigger|stronger|more (?:capable|powerful)|other|different) (?:language )?models?\b|\blarge (?:language )?model\b|--model\b|\bgguf\b|(?:更|较|比较)(?:大|强)|大一?(?:点|些)的?模型|大模型|(?:其他|别的|另一个)模型/iu;

const plain = (text: string): string => text.normalize('NFKC').replace(/[‘’ʼ]/g, "'");

export const handsOn = (answer: string): boolean => larger.test(plain(answer));

/** Handing a question on is a way of not answering it. */
export const declines = (answer: string): boolean => unknowingly.test(plain(answer)) || handsOn(answer);
