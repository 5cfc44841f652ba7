import { describe, expect, test } from 'vitest';
import { notice } from './notice.ts';
import { standalone } from './sentences.ts';

/** What people of an office say, one line each; behind ` => ` what is remembered of it, where that isn't the whole. */
const lines = (table: string): [string, string][] =>
  table
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [said = '', kept] = line.split(/ =>\s*/u);
      return [said, kept ?? standalone(said)];
    });

const facts = lines(`
  The new door code is 5512.
  The door code downstairs is 5512 now.
  Door code is 5512
  Our VAT ID is ATU66120418.
  The guest wifi is called Heron-Guest.
  The guest wifi password is blue-heron-44.
  The printer on the second floor is called Brother-2.
  The toner is in the cupboard next to the kitchen.
  The first aid kit is under the sink in the kitchen.
  The fire extinguishers are behind the reception desk.
  The spare keys are in the grey locker.
  Spare keys are with Joanna at reception.
  The parking spaces 4 to 6 are ours.
  Our landlord's name is Mr Horvat.
  The landlord's phone number is 030 5550 177.
  The plumber's number is 030 5550 133.
  Our electrician is a man called Piet Maes.
  The cleaners come on Tuesdays and Fridays.
  The cleaner comes every Thursday at 6.
  Parcels arrive between 10 and 11.
  The post is collected at 4 pm.
  Deliveries go to the back entrance.
  Invoices go to billing@heron.example.
  Invoices are due within 30 days.
  Send invoices to Klara in accounting. => 
  Expense reports are due on the 25th.
  Payday is the 28th.
  The standup is at 9:15 every morning.
  The weekly meeting is on Thursdays at 10.
  Our team meeting moved to Wednesday at 2 pm.
  The all-hands has been moved to Friday.
  The Acme contract ends on 31 October.
  The lease runs until 2029.
  The maintenance contract expires in May.
  Our budget for the fair is 12,000 euros.
  The budget for training is 800 euros per person.
  The client for the Lisbon project is Marta Reis.
  Marta Reis is our contact at Acme.
  Marta is the new project lead.
  Joanna is now head of accounting.
  Joanna has taken over purchasing from Piet.
  Piet left the company in March.
  Klara is on maternity leave until September.
  Klara works part-time, Monday to Wednesday.
  Tomas is allergic to nuts.
  Tomas doesn't eat meat.
  Tomas prefers to be called on his mobile.
  Ms Ito prefers email to phone calls.
  Mr Okafor's extension is 214.
  Ms Ito's birthday is on 4 March.
  My extension is 214.
  My mobile is 0170 5550 121.
  My employee number is 40117.
  My desk is by the window in room 12.
  My office hours are 8 to 4.
  My train leaves at 17:32.
  My wife's name is Ana.
  My wife is called Ana.
  My daughter starts school in September.
  My son has his birthday on 9 May.
  My last day is 30 June.
  I'm Joanna from accounting.
  I'm the new receptionist.
  I'm in charge of the archive.
  I'm responsible for purchasing.
  I'm on holiday from 3 to 14 August.
  I'm out of office next week.
  I'm left-handed.
  I'm lactose intolerant.
  I don't drink coffee.
  I can't eat gluten.
  I never work on Fridays.
  I don't work on Fridays.
  I work Mondays to Thursdays.
  I usually start at seven.
  I take the 7:40 train.
  I have a dentist appointment on 12 June at 9.
  I have a standing meeting with Acme every Monday.
  I sit in room 12.
  I moved to room 14.
  I joined the company in 2019.
  I prefer answers in bullet points.
  I prefer to be addressed as Doctor Lindqvist.
  I'd rather have short answers.
  I like my reports as PDF.
  I always want dates as day-month-year.
  Always answer me in German.
  Please always answer in short sentences.
  Please call me Jo.
  Please don't call me Joanna, call me Jo. => Call me Jo.
  You can call me Jo.
  From now on, the meeting is at 9.
  From now on call me Jo.
  From now on answer in German.
  From Monday the meeting is in room 4.
  Starting Monday, we close at 5.
  As of 1 March the rent is 1,450 euros.
  As of next month Tomas looks after the printers.
  Starting next week the canteen opens at 11:30.
  Effective immediately, visitors must sign in.
  We no longer use the fax.
  We don't ship on Saturdays.
  We ship with DHL.
  We moved to the third floor.
  We're closed between Christmas and New Year.
  We have 14 employees.
  We pay invoices on the first Friday of the month.
  We meet Acme every second Tuesday.
  Our opening hours are 8 to 6.
  Our supplier for paper is Lindqvist.
  Our customer number at Lindqvist is KV-3306.
  Our fiscal year ends in March.
  Our hotel partner is the Stern.
  Our Slack channel is called #lisbon.
  The safe combination is 12-44-9.
  The alarm company's hotline is 0800 5550 100.
  The password for the projector is 1234.
  The projector's password is 1234.
  The lift code is 0404.
  The server room is in the basement.
  Meeting room Heron seats eight people.
  Room Heron is on the first floor.
  The coffee machine takes blue pods.
  The coffee machine belongs to Piet.
  The company car is a grey Skoda.
  The company car's licence plate is HN-42.
  The van is parked on level 3B.
  The Hamburg office opens at 8.
  The Hamburg office has a new address: Elbweg 4.
  Bring your own lunch. => 
  Just so you know, the back door sticks, pull it hard. => 
  FYI the back door code is 99#1 => The back door code is 99#1.
  FYI: Klara is out until Thursday => Klara is out until Thursday.
  Hi, I'm Tomas, the new intern. => I'm Tomas, the new intern.
  Hello Pebble, my name is Ana and I work in sales. => My name is Ana and I work in sales.
  Oh and my extension changed to 215. => My extension changed to 215.
  Quick update: the Acme meeting is now on Tuesday at 3. => The Acme meeting is now on Tuesday at 3.
  Update: the gate code is 7720. => The gate code is 7720.
  Small correction to the plan: the budget is 15,000. => 
  Heads up: the lift is out of order until Friday. => The lift is out of order until Friday.
  Reminder: expense reports are due on the 25th. => Expense reports are due on the 25th.
  For the record, our notice period is three months. => Our notice period is three months.
  Keep in mind that the warehouse closes at 3 on Fridays. => The warehouse closes at 3 on Fridays.
  Please note that the reception is unmanned after 5. => The reception is unmanned after 5.
  Note to self: the spare fuse is in drawer 3. => The spare fuse is in drawer 3.
  Don't let me forget that Ana's visa expires in May. => Ana's visa expires in May.
  Make a note: Lindqvist delivers only on Thursdays. => Lindqvist delivers only on Thursdays.
  For next time: Mr Okafor drinks green tea. => Mr Okafor drinks green tea.
  新的大门密码是5512。
  楼下的门禁密码现在是5512
  我们的税号是ATU66120418。
  访客无线网叫Heron-Guest。
  访客wifi密码是blue-heron-44。
  二楼的打印机叫Brother-2。
  墨盒在厨房旁边的柜子里。
  急救箱在厨房水槽下面。
  备用钥匙在前台小王那里。
  四号到六号车位是我们的。
  房东的电话是5550177。
  水管工的电话是5550133。
  我们的电工是老张。
  保洁每周二和周五来。
  快递每天十点到。
  发票发到billing@heron.example。
  报销单每月25号截止。
  每月28号发工资。
  晨会是每天九点一刻。
  周会改到周三下午两点。
  全体会议改到周五了。
  合同十月底到期。
  租约到2029年。
  培训预算是每人八百。
  里斯本项目的客户是马塔。
  王芳是我们在阿克米的联系人。
  王芳现在是财务主管。
  李雷接手了采购。
  小张三月份离职了。
  小李休产假到九月。
  小李只上周一到周三。
  王芳对坚果过敏。
  王芳不吃肉。
  伊藤女士喜欢用邮件联系。
  陈先生的分机是214。
  我的分机是214。
  我的手机是01705550121。
  我的工号是40117。
  我的工位在12号房间窗边。
  我太太叫安娜。
  我女儿九月上小学。
  我的最后一天是6月30日。
  我是财务部的小王。
  我是新来的前台。
  我负责采购。
  我周五不上班。
  我周一到周四上班。
  我一般七点上班。
  我每天坐7点40的火车。
  我不喝咖啡。
  我不能吃麸质。
  我乳糖不耐受。
  我是左撇子。
  我坐在12号房间。
  我搬到14号房间了。
  我2019年入职。
  我喜欢简短的回答。
  以后请用中文回答我。
  以后叫我小王。
  从现在开始用英文回答。
  从下周一起,例会在4号会议室。
  从3月1日起房租是一千四百五。
  下个月起打印机归李雷管。
  即日起访客必须登记。
  我们不再用传真了。
  我们周六不发货。
  我们用顺丰发货。
  我们搬到三楼了。
  我们有14个员工。
  我们的营业时间是8点到6点。
  我们的纸张供应商是林德。
  我们在林德的客户编号是KV-3306。
  保险柜密码是12-44-9。
  投影仪的密码是1234。
  服务器机房在地下室。
  苍鹭会议室能坐八个人。
  公司的车是灰色斯柯达。
  货车停在3B层。
  汉堡办公室八点开门。
  提醒一下,电梯停用到周五。 => 电梯停用到周五。
  更新:大门密码是7720。 => 大门密码是7720。
  你好,我是新来的实习生小陈。 => 我是新来的实习生小陈。
  对了,我的分机改成215了。 => 我的分机改成215了。
  注意:报销单25号截止。 => 报销单25号截止。
  The alarm goes off automatically at 10 pm.
  The shredder is in the copy room.
  Our insurance broker is Helga Brandt.
  The new guest code is 3391 from Monday.
  Lunch break is from 12 to 1.
  Team lunch is on Wednesdays.
  The Berlin branch closes early on Fridays.
  Helga works from home on Mondays.
  Helga's mobile is 0171 5550 988.
  Jonas is our new apprentice.
  Jonas is on vacation until the 15th.
  I'm Priya, I run the help desk.
  I'm Priya from IT.
  I report to Helga.
  I finish at 3 on Fridays.
  I have physiotherapy every Tuesday at 5.
  I bike to work.
  My locker is number 88.
  My badge number is 3302.
  My car's plate is HN-PR 21.
  My sister works at Acme.
  I can't come in before 9.
  I'm allergic to cats.
  I speak Dutch and English.
  We have our offsite in Ghent in May.
  We order office supplies from Lindqvist.
  We lock the front door at 6.
  We don't accept cash.
  Our company was founded in 1998.
  Our fire warden is Jonas.
  The router is behind the TV in the lounge.
  The recycling is collected every second Monday.
  The gym code for staff is 7788.
  The quarterly report is due on 15 January.
  The Okafor account is handled by Priya.
  The ladder is in the garage.
  Please reply in French from now on.
  As of Friday the new supplier is Papyrus.
  Visitors park in front of the building.
  Our tax adviser, Mr Weber, comes on the first Monday of the month.
  碎纸机在复印室。
  我们的保险经纪是李红。
  午休是12点到1点。
  小刘周一在家办公。
  小刘的手机是13900001111。
  小刘是新来的学徒。
  我是IT部的普丽娅。
  我周五三点下班。
  我骑车上班。
  我的储物柜是88号。
  我对猫过敏。
  我会说荷兰语和英语。
  我们从林德订办公用品。
  我们晚上六点锁大门。
  我们不收现金。
  我们公司成立于1998年。
  消防负责人是小刘。
  梯子在车库。
  季度报告1月15日截止。
  访客把车停在楼前。
  The badge reader code changed to 2288.
  Our bank is Volksbank Elbe.
  The glass recycling is next to the garage.
  The heating engineer is called Sven Ahl, 0172 5550 66.
  The Acme people come on 12 May.
  Our Christmas party is on 18 December.
  Sven handles all warranty claims.
  Dr Lindqvist only takes calls in the morning.
  Noor is replacing Klara while she is on leave.
  I'm colour-blind, so avoid red and green.
  I teach on Wednesday mornings.
  My assistant is Noor.
  My flight to Oslo leaves at 6:50 on Thursday.
  I keep the contracts in the blue binder.
  We invoice Acme quarterly.
  We use Jira for tickets.
  Starting in January we work a four-day week.
  The emergency exit is at the end of the corridor.
  我们的开户行是建设银行。
  公司聚餐在12月18日。
  孙建负责保修。
  我是色盲,别用红绿。
  我的助理是周敏。
  我们用飞书沟通。
  从一月起我们每周上四天班。
`);

describe('what is said about oneself, others and the office is remembered', () => {
  test.each(facts)('%s', (said, kept) =>
    expect(notice(said).remember.map(({ text }) => text)).toEqual(kept === '' ? [] : [kept]),
  );
});

const others = lines(`
  What's the door code?
  Is the door code still 5512?
  Isn't the door code 5512?
  Do we ship on Saturdays?
  Who is our landlord?
  Which room is the meeting in?
  Can you tell me Klara's extension?
  Could you look up when the lease ends?
  The door code is 5512, right?
  So the meeting is at 9?
  My extension is 214, isn't it?
  Do you know where the toner is?
  I wonder whether the lease was extended.
  I don't know the door code.
  I have no idea who our landlord is.
  I can't find the toner.
  I forgot what our VAT ID is.
  I need the door code.
  I need to know the landlord's number.
  I want to book the Heron room.
  I'd like to send an invoice to Acme.
  I have to write a letter to our landlord.
  I have a meeting in ten minutes, hurry up.
  I'm writing an email to Klara.
  I'm trying to open the safe.
  I'm working on the quarterly report.
  I'm looking for our contact at Acme.
  I'm in a hurry.
  I'm afraid I don't understand.
  I'm sorry.
  I'm done.
  I'm back.
  I'm having trouble with the printer.
  I work on this all day already.
  I love it.
  I hate this printer.
  I like the second one better.
  I love how you explained that.
  I think Klara is on leave.
  I believe the lease ends in May.
  I guess our landlord is Mr Horvat.
  I heard that Piet is leaving.
  I was told the code is 5512.
  I read that the rent goes up.
  I suppose we close at 5.
  I hope the meeting is short.
  I wish my office was bigger.
  I'm not sure if the code is 5512.
  I'm not allergic to anything, I think.
  Maybe the code is 5512.
  Perhaps Klara is our contact.
  Apparently the lift is out of order.
  It seems that the server is down.
  The server might be in the basement.
  The code could be 5512.
  The meeting should be over by now.
  The budget is probably 12,000.
  Our landlord is supposedly Mr Horvat.
  The code used to be 5512.
  The code was 5511 before.
  The code is not 5512.
  If our rent is 1,450 euros, what do we pay a year?
  If the code is 5512, say yes.
  If I'm on holiday, tell them to call Klara.
  Suppose our budget is 12,000 euros.
  Let's say the meeting is at 9.
  Assume we have 14 employees.
  Imagine I'm a customer.
  Pretend my name is Napoleon.
  You are a strict accountant.
  You are our new lawyer, answer accordingly.
  In case the code is 5512, try it.
  Unless the code is 5512, we're locked out.
  When the meeting is at 9, I'm late.
  What if the lease ends in May?
  For example, my name is Bob.
  e.g. the code is 5512
  Klara said the door code is 5512.
  Klara says that our landlord is Mr Horvat.
  Piet told me that the budget is 12,000.
  According to Piet, our rent is 1,450 euros.
  He claims the code is 5512.
  She wrote: "My last day is 30 June."
  They say the office closes at 5.
  The email says our rent is 1,450 euros.
  The letter states that our lease ends in May.
  The customer wrote that our delivery is late.
  As Klara put it, our printer is a museum piece.
  "The door code is 5512."
  “My name is Bob.”
  He said "remember that the code is 5512".
  The sign says "We are closed on Mondays."
  Oh great, the printer is down again, my favourite thing is waiting.
  Yeah right, and I'm the Queen of England.
  Sure, and our boss is Santa Claus.
  My favourite thing is doing timesheets on a Friday, obviously.
  My day is ruined, thanks a lot.
  Our wifi is a joke.
  Our printer is great, it only breaks twice a day.
  My boss is killing me.
  Lovely, the lift is stuck again.
  const code = 5512;
  my_name = "Bob"
  SELECT name FROM people WHERE room = 12;
  our.printer.is(now)
  my $name = 'Bob';
  \`my name is Bob\`
  name: Bob
  # our password is hunter2
  // my password is hunter2
  <p>My name is Bob.</p>
  {"name": "My name is Bob."}
  $ echo my name is Bob
  Translate: the meeting is at 9.
  Translate into French: our office closes at 6.
  Translate to Chinese: My name is Bob.
  How do you say "my name is Bob" in Spanish?
  Rewrite this: our office is closed on Monday.
  Correct this sentence: my name are Bob.
  Make this sound nicer: our rent is too high.
  Put this into an email: the meeting is at 9.
  Write an email saying that I'm on holiday until Friday.
  Write to Klara that the budget is 12,000 euros.
  Write a story. My name is Bob and I live on the moon.
  Draft a note: our office is closed on Monday.
  Summarise: our lease ends in May and our landlord is Mr Horvat.
  Reply to this: my order is late.
  Tell Klara the meeting is at 9.
  Tell me a joke about our printer.
  Ask Piet whether the budget is 12,000.
  Explain what our notice period means.
  Calculate: our rent is 1,450 euros, times twelve.
  Spell-check: my adress is Elbweg 4.
  Remind me what our VAT ID is.
  Give me the landlord's number.
  Show me my facts.
  List everything our office closed deals on.
  Send an email to Acme.
  Book the Heron room for Friday.
  Call Klara.
  The weather is nice today.
  The sun is shining.
  The capital of Austria is Vienna.
  Water boils at 100 degrees.
  Python is a programming language.
  Paris is our favourite joke.
  The first one is better.
  The second option is cheaper.
  The answer is wrong.
  The text is too long.
  The table below is wrong.
  The error message is "file not found".
  The file is attached.
  That is correct.
  This is great.
  It is 5512.
  It's fine.
  Never mind.
  Thanks, that's all.
  You're welcome.
  No, thanks.
  Good morning!
  See you tomorrow.
  Don't note this: the code is 5512.
  This is confidential, don't save it: my PIN is 9911.
  Off the record: our boss is leaving.
  大门密码是多少?
  大门密码还是5512吗?
  我们周六发货吗
  房东是谁?
  会议在哪个房间?
  你知道墨盒在哪里吗?
  大门密码是5512,对吧?
  大门密码是5512对不对
  我的分机是214,是吗?
  会议是九点吧?
  我不知道大门密码。
  我找不到墨盒。
  我忘了我们的税号。
  我需要房东的电话。
  我想订苍鹭会议室。
  我要给房东写信。
  我在写邮件。
  我在找我们的联系人。
  我很着急。
  我马上回来。
  我讨厌这个打印机。
  我更喜欢第二个。
  我喜欢你的解释。
  我觉得小李在休假。
  我想合同五月到期。
  我猜房东是何先生。
  我听说小张要离职。
  可能密码是5512。
  好像电梯停用了。
  应该是老张负责采购吧。
  会议大概是九点。
  密码不是5512。
  密码以前是5511。
  如果房租是一千四百五,一年是多少?
  如果密码是5512,就说是。
  要是我休假,就让他们找小李。
  假设我们的预算是一万二。
  假如我叫李雷。
  比如,我叫李雷。
  假装你是我们的律师。
  你是一个严格的会计。
  小李说大门密码是5512。
  王芳告诉我房东是何先生。
  据说我们要搬家。
  听说公司下个月搬到三楼。
  他说他的分机是214。
  邮件里说房租是一千四百五。
  客户写道:我们的订单晚了。
  “大门密码是5512。”
  「我叫李雷。」
  我们的打印机真是太棒了,一天才坏两次。
  哈哈,我是英国女王。
  翻译成英文:我们公司六点关门。
  把我们公司六点关门翻译成英文。
  改写:我们的办公室周一休息。
  写一封邮件说我休假到周五。
  写个故事,我叫李雷,住在月球上。
  帮我写个通知:办公室周一关门。
  总结:合同五月到期,房东是何先生。
  告诉小李会议是九点。
  提醒我我们的税号是什么。
  给我房东的电话。
  今天天气很好。
  奥地利的首都是维也纳。
  第一个更好。
  答案是错的。
  这是对的。
  谢谢,没事了。
  早上好!
  别记:密码是5512。
  Is the shredder in the copy room?
  Where do visitors park?
  The shredder is jammed again.
  The meeting was boring.
  The new design is nice.
  The report is nearly done.
  The client is unhappy with the invoice.
  My presentation is tomorrow and I'm nervous, any tips?
  My boss wants a summary of this.
  My colleague says the code is 3391.
  Our team is great.
  Our website is slow in Germany.
  We need more coffee.
  We should order more paper.
  We could meet on Monday.
  We're running late.
  I'm busy.
  I'm at my desk.
  I'm reading the handbook.
  I have an invoice to write.
  I have two questions.
  I want a list of suppliers in Ghent.
  I like the idea.
  I prefer the first draft.
  I don't like this.
  Helga is late.
  Helga is nice.
  Helga wants to know when the lease ends.
  Helga asked me to write this letter.
  Jonas thinks the code is 3391.
  Shakespeare wrote Hamlet in 1600.
  The Berlin Wall fell in 1989.
  Berlin is the capital of Germany.
  The train from Berlin to Hamburg takes two hours.
  Excel starts very slowly.
  The function returns the number of rooms.
  The table has three columns.
  The room with the most light wins in my story.
  Next, add a paragraph about our office.
  Add that our office is closed on Monday.
  Say that the meeting is on Friday.
  Mention that our rent is 900 euros.
  The subject line is: meeting on Friday.
  Dear Ms Ito, our office is closed on Monday.
  Dear Sir, my name is Jonas Brandt and I would like to apply.
  Best regards, Jonas
  Subject: our new address
  Agenda: 1. budget 2. hiring
  Would the meeting on Friday be in room 4?
  The price of gold is 2,000 dollars.
  The room is too cold.
  The car needs to be washed.
  The key point is on page 5.
  The door is open.
  The plan is to leave at 5.
  I was in Paris in May.
  I met Helga on Monday.
  I sent the invoice on Monday.
  I need the report by Friday.
  碎纸机又卡住了。
  会议很无聊。
  报告快写完了。
  我的同事说密码是3391。
  我们的团队很棒。
  我们需要更多咖啡。
  我们应该多订点纸。
  我很忙。
  我在看手册。
  我有两个问题。
  我想要一份供应商名单。
  小刘迟到了。
  小刘想知道租约什么时候到期。
  柏林是德国的首都。
  从柏林到汉堡的火车要两个小时。
  这个函数返回房间数。
  加一句我们办公室周一关门。
  说明一下会议在周五。
  尊敬的伊藤女士,我们办公室周一关门。
  房间太冷了。
  门开着。
  金价是两千美元。
  我周一见了小刘。
  我需要周五前拿到报告。
  小说的主人公住在上海。
  Is Sven on leave?
  The badge reader doesn't work.
  Our bank is useless.
  My flight was terrible.
  I teach you something: be kind.
  I have a question about our bank.
  We use too much paper.
  Can we use Jira for tickets?
  Which bank do we use?
  The customer said our office in Oslo is closed.
  Draft an invitation: our Christmas party is on 18 December.
  If Sven handles the claims, who does the rest?
  In my novel, my name is Ishmael.
  The moon is in the sky.
  The cat is on the table.
  The exit code is 1.
  The variable name is x.
  The response code is 404.
  The main function is in the file utils.py.
  The password field is empty.
  The email address field is missing.
  Email address is invalid.
  My code throws an error on line 12.
  Our tests are in the folder test.
  The test on line 12 fails every time.
  The button is on the left.
  I put the comma in the wrong place.
  孙建请假了吗?
  门禁坏了。
  我们银行真差。
  退出代码是1。
  变量名是x。
  返回代码是404。
  主函数在文件里。
  我的代码在第12行报错。
  小说里我叫以实玛利。
  按钮在左边。
  写个邀请:公司聚餐在12月18日。
  猫在桌子上面。
  谁用飞书?
`);

describe('what asks, supposes, repeats others, jokes, or is work to be done is not', () => {
  test.each(others)('%s', (said) => expect(notice(said).remember).toEqual([]));
});
