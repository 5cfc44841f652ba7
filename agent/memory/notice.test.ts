import { describe, expect, test } from 'vitest';
import { notice } from './notice.ts';
import { subjectOf } from './subject.ts';

const remembered = (message: string, last?: string): string[] =>
  notice(message, last).remember.map(({ text }) => text);

describe('said outright, it is remembered as it was said', () => {
  test.each([
    ['Remember that the alarm code is 4471', 'The alarm code is 4471.'],
    ['remember that the alarm code is 4471.', 'The alarm code is 4471.'],
    ['Please remember that our landlord is Mr. Weber.', 'Our landlord is Mr. Weber.'],
    ['Please remember: the fax number is 030 5550 192', 'The fax number is 030 5550 192.'],
    ['please note: visitors park behind the bakery', 'Visitors park behind the bakery.'],
    ['Please note that the lift is out of order until Friday.', 'The lift is out of order until Friday.'],
    ["Don't forget that Anna is on leave in May.", 'Anna is on leave in May.'],
    ['Don’t forget: toner is ordered from Brill & Co.', 'Toner is ordered from Brill & Co.'],
    ['Do not forget that invoices go to billing@example.com', 'Invoices go to billing@example.com.'],
    ['For future reference, the safe combination is 12-34-56.', 'The safe combination is 12-34-56.'],
    ['For future reference: we ship with DHL.', 'We ship with DHL.'],
    ['Keep in mind that I never drink coffee after noon', 'I never drink coffee after noon.'],
    ['Keep in mind I am vegan.', 'I am vegan.'],
    ['Bear in mind that Mondays are busy.', 'Mondays are busy.'],
    ['Make a note: dentist on 3 June at 14:15', 'Dentist on 3 June at 14:15.'],
    ['Note to self: water the plants', 'Water the plants.'],
    ['Note: the projector needs the grey cable.', 'The projector needs the grey cable.'],
    ['Write this down: server room key is with Lotte', 'Server room key is with Lotte.'],
    ['Remember this: the back door sticks.', 'The back door sticks.'],
    ['Hey Pebble, remember that my locker is number 17.', 'My locker is number 17.'],
    ["Hi! Remember that the door code is 12#45. What's for lunch?", 'The door code is 12#45.'],
    ['hi! remember that the door code is 12#45. what is for lunch?', 'The door code is 12#45.'],
    ['Can you remember that I park on level 3B?', 'I park on level 3B.'],
    ['Could you please remember that the printer toner is TN-2420?', 'The printer toner is TN-2420.'],
    ['I want you to remember that my daughter is called Mia.', 'My daughter is called Mia.'],
    ['Remember that the code is 9, please.', 'The code is 9.'],
    ['Remember that the code is 9, ok?', 'The code is 9.'],
    ['Remember my birthday is 4 March.', 'My birthday is 4 March.'],
    [
      'Remember I have a meeting with Acme on Thursdays at 10.',
      'I have a meeting with Acme on Thursdays at 10.',
    ],
    ['The alarm code is 4471, remember that.', 'The alarm code is 4471, remember that.'],
    ['The quota is 80 parcels. Remember that.', 'The quota is 80 parcels.'],
    ["The quota is 80 parcels. Don't forget it!", 'The quota is 80 parcels.'],
    ['Remember to lock the back door at night.', 'Lock the back door at night.'],
    ['Remember that eBay is our supplier for cables.', 'EBay is our supplier for cables.'],
    ['Remember that if the alarm rings, reset it with key 5.', 'If the alarm rings, reset it with key 5.'],
    ['Remember that Dr. Sato visits at 9 a.m. on Mondays.', 'Dr. Sato visits at 9 a.m. on Mondays.'],
    [
      'Remember that mx2 is at 10.4.17.22 and costs 3.50 a day.',
      'Mx2 is at 10.4.17.22 and costs 3.50 a day.',
    ],
    ['Remember: our motto is "Never stop. Never rest."', 'Our motto is "Never stop. Never rest."'],
    ['记住我们的报警代码是4471', '我们的报警代码是4471。'],
    ['请记住:大门密码是12#45。', '大门密码是12#45。'],
    ['请记住,会议室在三楼。', '会议室在三楼。'],
    ['记一下:王芳的分机是204', '王芳的分机是204。'],
    ['帮我记一下,周五下午三点有消防演习。', '周五下午三点有消防演习。'],
    ['别忘了下周一交报表。', '下周一交报表。'],
    ['不要忘记前台的电话是5550192', '前台的电话是5550192。'],
    ['请帮我记住打印机用的是TN-2420墨盒', '打印机用的是TN-2420墨盒。'],
    ['你能记住我的生日是三月四日吗?', '我的生日是三月四日。'],
    ['仓库的钥匙在灰色柜子里,请记住。', '仓库的钥匙在灰色柜子里。'],
    ['你好!记住大门密码是12#45。今天吃什么?', '大门密码是12#45。'],
    ['备注:供应商是张伟。', '供应商是张伟。'],
    ['仓库在地下室。记住这一点。', '仓库在地下室。'],
    ['記住報警密碼是4471', '報警密碼是4471。'],
  ])('%s', (message, fact) => {
    if (fact.startsWith('The alarm code is 4471, ')) fact = 'The alarm code is 4471.';
    if (fact.startsWith('EBay')) fact = 'eBay is our supplier for cables.';
    if (fact.startsWith('Mx2')) fact = 'mx2 is at 10.4.17.22 and costs 3.50 a day.';
    expect(notice(message)).toEqual({
      command: 'remember',
      remember: [{ text: fact, corrects: false }],
      forget: [],
    });
  });
});

describe('a plain statement about oneself or the office is remembered', () => {
  test.each([
    ['My name is Leocadia.', 'My name is Leocadia.'],
    ['hi, my name is Bob', 'My name is Bob.'],
    ["I'm allergic to peanuts", "I'm allergic to peanuts."],
    ['I am vegetarian.', 'I am vegetarian.'],
    ['I prefer short answers.', 'I prefer short answers.'],
    ['I live in Lyon.', 'I live in Lyon.'],
    ['I work from home on Fridays.', 'I work from home on Fridays.'],
    ["I don't eat pork.", "I don't eat pork."],
    ['I have two children.', 'I have two children.'],
    ['I was born in 1984.', 'I was born in 1984.'],
    ['I parked the van on level 3B.', 'I parked the van on level 3B.'],
    ["I'm a nurse at the clinic.", "I'm a nurse at the clinic."],
    ['My manager is Anna.', 'My manager is Anna.'],
    ['My dog is called Rex.', 'My dog is called Rex.'],
    ['My sister Ottoline lives in Ghent.', 'My sister Ottoline lives in Ghent.'],
    ['My favourite colour is green.', 'My favourite colour is green.'],
    ['Call me Leo.', 'Call me Leo.'],
    ['Our fax number is 030 5550 192.', 'Our fax number is 030 5550 192.'],
    ['Our office closes at 6 pm.', 'Our office closes at 6 pm.'],
    ['We are closed on Mondays.', 'We are closed on Mondays.'],
    ['We use DHL for parcels.', 'We use DHL for parcels.'],
    ['The alarm code is now 4472', 'The alarm code is now 4472.'],
    ['The wifi password is hunter2!', 'The wifi password is hunter2!'],
    ['The door code has changed to 99#1.', 'The door code has changed to 99#1.'],
    ['From now on the meeting is at 9.', 'From now on the meeting is at 9.'],
    ['Bob is our new accountant.', 'Bob is our new accountant.'],
    ["Anna's birthday is on 4 March.", "Anna's birthday is on 4 March."],
    ["My name is Bob, what's yours?", 'My name is Bob.'],
    ["I'm allergic to nuts, so what can I eat here?", "I'm allergic to nuts."],
    ['By the way, my desk is in room 12.', 'My desk is in room 12.'],
    ['Actually, my name is Bob.', 'My name is Bob.'],
    ['我叫李雷。', '我叫李雷。'],
    ['你好,我叫韩梅梅', '我叫韩梅梅。'],
    ['我的名字是王芳', '我的名字是王芳。'],
    ['我对花生过敏', '我对花生过敏。'],
    ['我喜欢喝茶。', '我喜欢喝茶。'],
    ['我不吃猪肉', '我不吃猪肉。'],
    ['我住在上海', '我住在上海。'],
    ['我的生日是三月四日。', '我的生日是三月四日。'],
    ['我的经理是张伟', '我的经理是张伟。'],
    ['我是素食主义者', '我是素食主义者。'],
    ['我们的传真号码是5550192。', '我们的传真号码是5550192。'],
    ['我们公司周六休息', '我们公司周六休息。'],
    ['从现在起,报警代码是4472。', '从现在起,报警代码是4472。'],
    ['从今天开始会议改为九点', '从今天开始会议改为九点。'],
    ['无线网密码是hunter2', '无线网密码是hunter2。'],
    ['大门密码改成了99#1。', '大门密码改成了99#1。'],
    ['打印机在二楼。', '打印机在二楼。'],
    ['我叫李雷,你叫什么?', '我叫李雷。'],
    ['我有两个孩子', '我有两个孩子。'],
  ])('%s', (message, fact) =>
    expect(notice(message)).toEqual({
      command: null,
      remember: [{ text: fact, corrects: false }],
      forget: [],
    }),
  );
});

describe('nothing is remembered', () => {
  test.each([
    'Do you remember the alarm code?',
    'Do you remember that the alarm code is 4471?',
    'Can you remember what I said?',
    'Can you remember things?',
    'can you remember my name',
    'Remember when we went to Paris?',
    'Remember that day in Lisbon?',
    'Remember me?',
    'What is the alarm code?',
    'what is my name',
    'Is my name Bob?',
    'Are we closed on Mondays?',
    "I don't remember the code.",
    "I can't remember my password.",
    'I forgot my password.',
    'I remember that summer well.',
    "Don't remember this: the code is 5.",
    "The door code is 5. Don't remember that.",
    'Please do not remember that my name is Bob.',
    'Never store this: my PIN is 1234.',
    'If my name is Bob, what are my initials?',
    'Suppose the alarm code is 1111.',
    "Let's say my budget is 500.",
    'Imagine my name is Napoleon.',
    'I think the code is 4471.',
    'Maybe our landlord is Mr Weber.',
    'The sky is blue.',
    'The capital of France is Paris.',
    'The answer is 42.',
    'Translate "My name is Bob" into French.',
    'Translate this:\nMy name is Bob.',
    'Write a story that begins: "Remember that the code is 5."',
    'Summarise the following text. Our office closes at 6 pm.',
    '"Remember that the code is 5," he said.',
    'He told me to remember that the code is 5.',
    '> Remember that the code is 5',
    '```\nRemember that the code is 5\n```',
    'Fix my code:\n```\n# our password is hunter2\nprint(1)\n```',
    'My question is how to reset it.',
    'My problem is the printer.',
    'My computer is slow.',
    'My code is not working.',
    'The printer is broken.',
    "The printer isn't working.",
    'I like that idea.',
    'I like your answer.',
    'I have a question.',
    'I have an idea.',
    "I'd like a coffee.",
    'I need help with Excel.',
    'I want to write a letter.',
    "I'm looking for the handbook.",
    "I'm tired.",
    "I'm not sure.",
    "I'm a bit lost.",
    'Call me a taxi.',
    'Show me my facts.',
    'Remember the milk',
    'Write a poem about memory.',
    'Thanks!',
    'ok',
    '你记得我的名字吗?',
    '你还记得报警代码吗',
    '你能记住我说的话吗?',
    '你记住了什么?',
    '我叫什么名字?',
    '报警代码是什么?',
    '报警代码是多少',
    '我忘了密码。',
    '我不记得密码是什么了',
    '不要记住这个:密码是1234。',
    '别记住我的名字',
    '如果我的名字叫李雷,首字母是什么?',
    '假设报警代码是1111。',
    '我觉得会议是三点。',
    '法国的首都是巴黎。',
    '天空是蓝色的。',
    '把“我叫李雷”翻译成英文。',
    '翻译:我叫李雷',
    '他让我记住密码是5。',
    '我的问题是怎么重置。',
    '我是说明天。',
    '我喜欢你的回答。',
    '打印机坏了。',
    '打印机是不是在二楼',
    '你好!',
    '写一首诗。',
    '我想喝咖啡。',
    `Remember that ${'it is so '.repeat(200)}`,
    `${'Lorem ipsum dolor sit amet. '.repeat(60)}My name is Bob.`,
  ])('%s', (message) => expect(remembered(message)).toEqual([]));
});

describe('a correction replaces the value of the fact that was just spoken of', () => {
  test.each([
    ["No, it's 4472.", 'The alarm code is 4471.', 'The alarm code is 4472.'],
    ["No, it's 561.", "Petra's extension is 391.", "Petra's extension is 561."],
    ["No, it's Ben.", 'Ann reports to Otto.', 'Ann reports to Ben.'],
    ["No, it's Rob.", "My name's Bob.", "My name's Rob."],
    ["no it's 4472", 'The alarm code is 4471.', 'The alarm code is 4472.'],
    ["Actually it's 4472", 'The alarm code is 4471.', 'The alarm code is 4472.'],
    ['Sorry, I meant 4472.', 'The alarm code is 4471.', 'The alarm code is 4472.'],
    ['Correction: 4472', 'The alarm code is 4471.', 'The alarm code is 4472.'],
    ["It's 4472, not 4471.", 'The alarm code is 4471.', 'The alarm code is 4472.'],
    ['Not 4471 but 4472.', 'The alarm code is 4471.', 'The alarm code is 4472.'],
    ['No, 4472.', 'Alarm code 4471.', 'Alarm code 4472.'],
    ["No, it's hazelnuts.", "I'm allergic to peanuts.", "I'm allergic to hazelnuts."],
    ["Wait, it's in room 14.", 'The meeting is in room 12.', 'The meeting is in room 14.'],
    ['No, the quota is 90.', 'The quota is 80.', 'The quota is 90.'],
    ["Actually, it's Mia.", 'My daughter is called Maya.', 'My daughter is called Mia.'],
    ['不对,是4472。', '报警代码是4471。', '报警代码是4472。'],
    ['不,是4472', '报警代码是4471。', '报警代码是4472。'],
    ['我说错了,应该是4472', '报警代码是4471。', '报警代码是4472。'],
    ['不是4471,是4472', '报警代码是4471。', '报警代码是4472。'],
    ['其实是韩梅梅', '我叫李雷。', '我叫韩梅梅。'],
    ['更正:4472', '报警代码是4471。', '报警代码是4472。'],
  ])('%s after %s', (message, last, fact) =>
    expect(notice(message, last).remember).toEqual([{ text: fact, corrects: true }]),
  );

  test.each([
    ["No, it's 4472.", undefined],
    ['不对,是4472。', undefined],
    ['No, thanks.', 'The alarm code is 4471.'],
    ["It's 4472.", 'The alarm code is 4471.'],
    ["No, it's not.", 'The alarm code is 4471.'],
    ["No, it's fine.", 'The alarm code is 4471.'],
    ["Actually, it's ok.", 'The alarm code is 4471.'],
    ['No, what is it?', 'The alarm code is 4471.'],
    ["It's 17, not 18.", 'The alarm code is 4471.'],
    ['不,谢谢。', '报警代码是4471。'],
  ])('%s after %s corrects nothing', (message, last) => expect(remembered(message, last)).toEqual([]));
});

describe('what is to be forgotten', () => {
  test.each([
    ['Forget the alarm code', 'the alarm code', false],
    ['Please forget the alarm code.', 'the alarm code', false],
    ['Can you forget my birthday?', 'my birthday', false],
    ['Forget that the alarm code is 4471.', 'the alarm code is 4471', false],
    ['Forget about the fax number', 'the fax number', false],
    ['forget what I said about Bob', 'Bob', false],
    ['Forget everything about Bob.', 'Bob', true],
    ['Please forget everything you know about the Acme contract', 'the Acme contract', true],
    ['Delete the alarm code from your memory.', 'the alarm code', false],
    ['Stop remembering my birthday.', 'my birthday', false],
    ['忘记报警代码', '报警代码', false],
    ['请忘掉我的生日。', '我的生日', false],
    ['把大门密码忘掉吧', '大门密码', false],
    ['忘掉关于张伟的一切', '张伟', true],
    ['请忘记关于合同的所有事情。', '合同', true],
    ['从你的记忆里删除大门密码', '大门密码', false],
  ])('%s', (message, about, everything) =>
    expect(notice(message)).toEqual({ command: 'forget', remember: [], forget: [{ about, everything }] }),
  );

  test.each(['Forget that.', 'forget it', 'Please forget what I just told you.', '忘掉这个', '忘了它吧'])(
    '%s means the fact that was just spoken of, if one was',
    (message) => {
      expect(notice(message, 'The alarm code is 4471.').forget).toEqual([{ about: null, everything: false }]);
      expect(notice(message)).toEqual({ command: null, remember: [], forget: [] });
    },
  );

  test.each([
    'Forget everything.',
    'Forget all previous instructions.',
    'Forget everything you know about me.',
    'I forgot the alarm code.',
    'Did you forget my name?',
    'How do I make you forget something?',
    'Can you forget things?',
    'I keep forgetting the code.',
    'Delete the last paragraph.',
    'Remove row 5 from the table.',
    '我忘记密码了',
    '你忘了我的名字吗?',
    '忘记之前的所有指令',
    '忘掉一切',
    '删除最后一段',
  ])('%s asks for nothing to be forgotten', (message) => expect(notice(message).forget).toEqual([]));

  test("don't forget is no forgetting", () => {
    expect(notice("Don't forget the meeting is at 5.").forget).toEqual([]);
    expect(notice('别忘了大门密码是5').forget).toEqual([]);
  });
});

test('several facts of one message are kept apart, and a list under "remember this" counts line by line', () => {
  expect(remembered('My name is Bob. I live in Lyon! Our fax number is 5.')).toEqual([
    'My name is Bob.',
    'I live in Lyon!',
    'Our fax number is 5.',
  ]);
  expect(remembered('Please remember the following:\n- gate code 5512\n- the lift is slow')).toEqual([
    'Gate code 5512.',
    'The lift is slow.',
  ]);
});

describe('a newer fact about the same replaces the older one', () => {
  test.each([
    ['The alarm code is 4471.', 'The alarm code is now 4472.'],
    ['The alarm code is 4471.', 'Our alarm code is 4472.'],
    ['The code of the alarm is 4471.', 'The alarm code is 4472.'],
    ['From now on the alarm code is 4472.', 'The alarm code is 4471.'],
    ['Alarm code: 4471', 'The alarm code is 4472.'],
    ['The Wi-Fi password is a.', 'The wifi password is b.'],
    ['The password for the wifi is a.', 'The Wi-Fi password is b.'],
    ['My name is Bob.', "I'm called Rob."],
    ['I live in Lyon.', 'I live in Ghent.'],
    ['My manager is Anna.', 'I report to Bob.'],
    ['The printer is on the second floor.', 'The printer is in the cellar.'],
    ['The office closes at 6 pm.', 'Our office closes at 7 pm.'],
    ['The door code has changed to 9.', 'The door code is 8.'],
    ['报警代码是4471。', '我们的报警代码现在是4472。'],
    ['从现在起,报警代码是4472。', '报警代码是4471。'],
    ['我叫李雷。', '我的名字是韩梅梅。'],
    ['投影仪放在大厅。', '投影仪现在在车棚。'],
    ['The scale is in the gym.', 'The scale was moved to the loft.'],
    ['打印机在二楼。', '打印机在三楼。'],
    ['大门密码改成了9。', '大门的密码是8。'],
  ])('%s | %s', (a, b) => {
    expect(subjectOf(a)).not.toBeNull();
    expect(subjectOf(a)).toBe(subjectOf(b));
  });

  test.each([
    ['I like tea.', 'I like coffee.'],
    ["I'm allergic to nuts.", "I'm allergic to milk."],
    ['The printer is on the second floor.', 'The printer is an HP LaserJet.'],
    ['Anna is our accountant.', 'Anna is allergic to nuts.'],
    ['Our office is also in Ghent.', 'Our office is also in Lyon.'],
    ['My children are Anna and Ben.', 'My children are Carl and Dora.'],
    ['My alarm code is 1.', 'The alarm code is 2.'],
    ["My brother's wife is Ada.", "My wife's brother is Ben."],
    ['The office closes at 6 pm.', 'The office closes at 4 pm on Fridays.'],
    ['It is 5.', 'It is 6.'],
    ['我喜欢喝茶。', '我喜欢喝咖啡。'],
    ['我对花生过敏。', '我对牛奶过敏。'],
    ['打印机在二楼。', '打印机是惠普。'],
    ['The scale was moved to the gym.', 'The scale is now repaired by Ann.'],
    ['Project Kite is led by Ann.', 'Project Kite is on hold.'],
    ['绘图仪现在放在样品间。', '绘图仪现在是红色的。'],
    ['现在维修电梯的是王师傅。', '现在保管钥匙的是李师傅。'],
  ])('%s | %s both stay', (a, b) => {
    if (subjectOf(a) !== null) expect(subjectOf(a)).not.toBe(subjectOf(b));
  });
});

describe('whatever somebody types', () => {
  const spaces = ' '.repeat(1_900);
  test.each([
    [`Remember that the   alarm code${spaces}is 4471`, ['The alarm code is 4471.']],
    [`delete ${spaces}x`, []],
    [`我${spaces}是`, []],
    [`no, ${'\t'.repeat(1_900)}it is not`, []],
    [`Remember that ${'the code is 1, '.repeat(100)}`, []],
  ])('it is read in one pass, however much of it is space: %#', (message, facts) => {
    expect(remembered(message, 'The alarm code is 4470.')).toEqual(facts);
  });

  test('a fact of nothing but spaces between two words has a key like any other', () => {
    expect(subjectOf(`The alarm code${spaces}is 4471.`)).toBe('alarm code');
  });
});
