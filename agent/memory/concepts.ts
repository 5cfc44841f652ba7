/**
 * What people call the same thing in an office and at home, in English and Chinese: who asks for the boss finds the
 * manager. Words that mean several things stand where an office means them most; a wrong neighbour costs a place in the
 * order, never a right one. One line, one concept; a text may have several.
 */
import { kept } from './kept.ts';
import { oneSpaced } from './sentences.ts';

const lines = `
password passphrase passcode pin credential unlock | log in | logs in | log into | logs into | logging into | sign in | sign into | 密码 口令 解锁 登录 登陆
code combination keypad | opens with | get into | get in | 密码 门禁 代码 暗号 怎么进 怎么开 进门 开门密码
key keyring padlock lock locksmith 钥匙 门锁
boss manager manage manages managed supervisor superior | reports to | report to | reporting line | 经理 上司 领导 老板 汇报 主管
lead leads led leader leading | in charge | responsible | responsibility | runs the project | heads up | headed by | 负责 负责人 牵头 主管 带队 接手 在管 谁带
contact contacts | deal with | deals with | talk to | speak to | ring | get in touch | contact person | counterpart | go-to | 联系人 联系 接洽 对接 打交道 该找
phone telephone extension mobile cell dial hotline fax call caller | reach by phone | at what number | 电话 分机 手机 号码 拨打 打给 热线 传真
email e-mail mailbox inbox 邮箱 邮件 电邮
address street postcode 地址 街道 邮编
live lives living reside home flat apartment house | moved to | moved house | based in | 住 住在 家在 搬家 安家 住址 我家
born birthday birthdate birth congratulate | date of birth | 生日 出生 庆生 过生日
age old years 年龄 年纪
allergy allergic allergies intolerant intolerance avoid | not be given | 过敏 忌口 不能碰 不能吃 避开
diet vegetarian vegan eat eats eating food meal dish lunch dinner cook favourite 吃 爱吃 午饭 午餐 食物 忌口
drink drinks coffee tea beverage pour thirsty 喝 咖啡 饮料 喝的
hobby hobbies pastime fun weekend weekends leisure | spare time | free time | 爱好 业余 周末 兴趣 平时玩
pet pets dog cat animal 宠物 养
child children daughter son kid kids girl boy baby 女儿 儿子 孩子 小孩
wife husband spouse partner married 妻子 丈夫 老婆 老公 爱人 配偶 结婚
mother father parents mum dad 妈妈 爸爸 父母 母亲 父亲
doctor physician clinic surgery dentist appointment 牙医 医生 看病 预约 就诊
sick ill illness disease unwell 生病 病假 不舒服
car vehicle drive drives driving van truck 汽车 开车 轿车 货车
parking park parked garage | parking space | 停车 车位 停车场 车库
bike bicycle cycling 自行车 单车
colour color coloured painted paint shade 颜色
size dimension dimensions large big small measure capacity holds hold fit fits seat seats | how many people | 多大 容纳 能坐 坐多少 尺寸 大小 容得下
price cost costs fee charge expensive cheap rate worth | how much | 价格 价钱 费用 多少钱 收费
discount rebate reduction percent | percent off | money off | 折扣 打折 优惠 几个点 便宜
budget spend spending funds funding money | how much money | 预算 经费 花多少钱 花钱 资金 拨款
pay pays paid payment payments settle settles invoice invoices bill bills | payment term | payment terms | 付款 支付 发票 账期 付款期 结账 账单
salary wage wages payroll payday 工资 薪水 发薪 薪资
expense expenses reimburse reimbursement refund claim 报销 退款
tax vat 增值税
bank account iban 银行 账户 账号
contract agreement lease | under contract | 合同 协议 合约 签约 租约
expire expires end ends ended until till | how long | runs out | runs until | valid until | 到期 截止 结束 为止 何时为止 过期
deadline due finish finished done complete completed deliver delivery | due date | by when | hand in | 截止 截止日期 期限 完成 做完 交付 何时交付
status state progress far stage doing standing 状态 进展 进度 哪一步 怎么样
start starts begin begins beginning open opens opening hours | what time | 开始 几点 开门 营业 上班
close closes closing shut shuts 关门 打烊 下班
meeting meetings meet meets standup conference jour | get together | 会议 例会 开会 周会
deliver delivers delivery deliveries supply supplies supplier courier parcel parcels ship ships shipped shipping shipment depot goods warehouse send | 送货 发货 收货 快递 包裹 仓库 发到 发往 上门 货
order orders ordered ordering purchase buy bought 订购 采购 订单 买
customer client clients customers 客户 顾客
number id reference file filed identifier 编号 客户编号 几号
visitor visitors guest guests visit visits visiting | comes by | 访客 客人 来访 来宾 招待
wifi wi-fi wlan wireless network internet online hotspot | get online | 无线网 网络 上网 wifi 热点 连网
printer print prints printing 打印机 打印
scanner scan scanning 扫描 扫描仪
computer laptop pc notebook 电脑 笔记本
server servers host hosting 服务器 主机
backup backups | backed up | back up | get saved | saved copy | 备份
software program app application tool 软件 程序 应用
language written write writes | programming language | code of | 语言 编写 用什么写
install installed setup set-up | set up | set me up | account for | accounts for | access to | gives out | 安装 开通 账户 权限 开账号
repair repairs repaired fix fixes fixed broken breaks break mend technician engineer 维修 修 修理 坏了 出毛病 师傅 故障
service serviced maintenance maintain maintained inspect inspected inspection checked | 保养 检修 维护 检查 年检
clean cleaned cleaning cleaner cleaners tidy 打扫 清洁 保洁 卫生
heating heater boiler radiator warm 暖气 供暖 锅炉 取暖
aircon cooling air-conditioning ventilation | air conditioning | 空调 通风
light lights lamp lighting bulb 照明
electricity power electric electrician fuse 电工 停电 保险丝
water plumber plumbing tap leak pipe 水管 漏水 水龙头
alarm alarms siren burglar security 报警 警报 安防 保安
fire evacuation extinguisher assembly warden 消防 火灾 灭火器 疏散
emergency first-aid aid defibrillator | first aid | 急救 紧急 急救箱
rubbish waste bin bins trash garbage recycling 垃圾 回收
kitchen fridge dishwasher microwave canteen 厨房 冰箱 食堂 微波炉
toilet restroom bathroom 厕所 洗手间 卫生间
lift elevator stairs staircase 电梯 楼梯
floor storey level upstairs downstairs 楼层
room rooms office offices 房间 办公室 会议室
desk seat workplace workstation 工位 座位 办公桌
locker cupboard cabinet drawer | locked up | 储物柜 柜子 抽屉
place location stand stands located situated find found kept lies stored | where is | 位置 放在 放 在哪 哪里 在哪儿
owner owns own belongs landlord property 房东 业主 属于 谁的
rent tenant tenancy 租金 房租
insurance insured insurer policy 保险 投保
lawyer legal attorney solicitor 律师 法务
accountant accounting bookkeeper bookkeeping finance 会计 财务
reception receptionist front-desk | front desk | 前台 接待
secretary assistant 秘书 助理
hr recruiting recruit hire hired hiring personnel 人事 招聘 录用
holiday holidays vacation leave | day off | time off | days off | 假期 放假 休假 请假 年假
absent away substitute deputy stand-in | out of office | stands in | 缺席 代班 顶替 不在
job profession occupation work works employer career position role 工作 职业 职位 岗位
name names called nickname | known as | 名字 叫什么 姓名 称呼
school university study studied studies degree graduate 学校 大学 毕业 专业
training course workshop lesson class learn teach trainer 培训 课程 学习 讲师
travel trip flight fly train hotel journey | business trip | 出差 旅行 航班 火车 酒店
ticket tickets pass passes badge card 工牌 门卡
fair exhibition event party celebration anniversary 展会 活动 聚会 庆祝 纪念日
music instrument play plays band choir 音乐 乐器
sport sports team train running football gym 运动 健身 跑步 足球
book books read reading library author 看书 图书馆
film movie cinema series watch 电影 看片
website site homepage web url domain 网站 网址 主页 域名
document documents paper papers file files folder form forms 文件 文档 表格 资料
signature sign signed signs stamp seal 签字 签名 盖章 公章
approve approves approved approval permission permit authorise 审批 批准 许可
complaint complain complains complained complaints dissatisfied 投诉 抱怨 不满
warranty guarantee guaranteed 保修 质保
weight heavy weigh weighs kilo kilos 重量 多重
speed fast slow 速度
temperature degrees hot cold 温度
noise loud quiet 噪音 吵 安静
keep keeps kept | look after | looks after | takes care | care of | 保管 照看 照管 归谁管
transfer transferred handover | take over | took over | taken over | handed over | 接手 移交 交接
day weekday | which day | what day | 哪天 星期几 周几
`;

const manyWords = 20_000;

/** Near enough to tell inflections of a word from other words. */
export const stemOf = kept((word: string): string => {
  const plain = word.replace(/['’]s$/u, '');
  if (plain.length <= 3) return plain;
  return plain
    .replace(/(?:ies|ied)$/u, 'y')
    .replace(/(?:sses|shes|ches|xes)$/u, (end) => end.slice(0, -2))
    .replace(/(?<=[^su])s$/u, '')
    .replace(/(?<=[a-z]{3})(?:ing|ed)$/u, '')
    .replace(/(?<=[a-z]{3})e$/u, '');
}, manyWords);

/** Concepts by what stands for them: single words by their stem, phrases as they are, Chinese words as they are. */
const byStem = new Map<string, number[]>();
/** By their first word: few of them begin with one that a text holds. */
const phrases = new Map<string, { words: string; concept: number }[]>();
const chinese: { word: string; concept: number }[] = [];

for (const [concept, line] of lines.trim().split('\n').entries()) {
  const parts = line.split('|').map((part) => part.trim());
  for (const [i, part] of parts.entries()) {
    const isPhrase = i > 0 && !/\p{Script=Han}/u.test(part);
    for (const word of isPhrase ? [part] : part.split(' ')) {
      if (word === '') continue;
      if (isPhrase) {
        const first = word.split(' ')[0] ?? '';
        phrases.set(first, [...(phrases.get(first) ?? []), { words: ` ${word} `, concept }]);
      } else if (/\p{Script=Han}/u.test(word)) chinese.push({ word, concept });
      else byStem.set(stemOf(word), [...(byStem.get(stemOf(word)) ?? []), concept]);
    }
  }
}

export interface Concept {
  concept: number;
  /** The word or phrase of the text that stands for it. */
  word: string;
}

const standingFor = kept(
  (word: string): readonly Concept[] =>
    (byStem.get(stemOf(word)) ?? []).map((concept) => ({ concept, word })),
  manyWords,
);

/** What a text speaks of. */
export function conceptsIn(text: string): Concept[] {
  const said = oneSpaced(text.normalize('NFKC').toLowerCase());
  const words = (ascii.test(said) ? said.match(asciiWords) : said.match(latinWords)) ?? [];
  const plain = ` ${words.join(' ')} `;
  return [
    ...words.flatMap((word) => standingFor(word)),
    ...[...new Set(words)]
      .flatMap((word) => phrases.get(word) ?? [])
      .filter(({ words: some }) => plain.includes(some))
      .map(({ words: some, concept }) => ({ concept, word: some.trim() })),
    ...(/\p{Script=Han}/u.test(said) ? chinese.filter(({ word }) => said.includes(word)) : []),
  ];
}

const latinWords = /[\p{Script=Latin}\p{N}]+(?:-[\p{Script=Latin}\p{N}]+)*/gu;
/** The same, in a third of the time, for what most texts in Latin letters are made of. */
const asciiWords = /[a-z0-9]+(?:-[a-z0-9]+)*/g;
const ascii = /^[ -~]*$/;
