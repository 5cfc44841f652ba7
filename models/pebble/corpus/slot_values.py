"""Lists that only slots draw from, in both languages."""


def _comma(text):
    return [part.strip() for part in text.replace("\n", " ").split(",") if part.strip()]


THINGS = _comma("""label printer, step ladder, spare key, key card, first aid box, projector, extension lead, toolbox, cash box, stapler, hole punch,
laminator, paper trimmer, whiteboard, flip chart, visitor book, fire blanket, torch, umbrella stand, coat rack, desk lamp, phone charger, laptop bag,
headset, webcam, microphone, loudspeaker, screwdriver, cordless drill, hammer, tape measure, spirit level, paint roller, vacuum cleaner, mop, bucket,
broom, dustpan, bin bag, recycling bin, letter scale, franking machine, stamp pad, company stamp, envelope, parcel, pallet jack, hand truck, wheelbarrow,
hose, lawn mower, hedge trimmer, watering can, flower pot, kettle, toaster, coffee grinder, fridge, microwave, dishwasher, cutlery tray, tea towel,
napkin, tablecloth, folding chair, folding table, bench, sofa, armchair, bookshelf, filing cabinet, drawer, locker, safe, suitcase, backpack, helmet,
safety vest, ear defender, glove, apron, lab coat, thermometer, blood pressure monitor, stethoscope, wheelchair, walking frame, crutch, pillow, blanket,
mattress, cot, high chair, pushchair, toy box, board game, chess set, guitar case, music stand, tripod, camera, lens, memory card, hard drive, USB stick,
network cable, router, access point, power bank, battery, fuse, light bulb, smoke detector, fire extinguisher, defibrillator, alarm panel, door handle,
window lock, curtain, blind, carpet, radiator key, boiler, water filter, soap dispenser, towel rail, mirror, shower head, spare tyre, jack, bike pump,
bike lock, roof rack, tow rope, jump lead, ice scraper, fuel can, tank card, parking disc, road map, sleeping bag, tent, camping stove, cool box,
lunch box, thermos flask, water bottle, teapot, sugar bowl, cake tin, whisk, rolling pin, scale, barcode scanner, till, card reader, price gun, shop sign,
display case, mannequin, sewing machine, iron, ironing board, washing machine, dryer, clothes horse, passport, contract folder, signature book, logbook""")
DEVICES = _comma("""printer, scanner, projector, coffee machine, router, badge reader, franking machine, air conditioner, label printer, shredder,
door camera, thermostat, fire panel, time clock, photocopier, card terminal, forklift, dishwasher, water cooler, alarm panel, lift, boiler, generator,
heat pump, fridge, freezer, oven, microwave, kettle, vending machine, laptop, monitor, tablet, pallet truck, drill, lawn mower, pump, compressor, server,
switch, access point, intercom, barrier, turnstile, washing machine, dryer, vacuum cleaner, dehumidifier, laminator, plotter, 3D printer, webcam, headset,
docking station, smart speaker, X-ray machine, ultrasound scanner, autoclave, centrifuge, blood analyser, weighing scale, till, barcode scanner, lathe,
band saw, milling machine, welding set, crane, conveyor belt, packing machine, shrink wrapper, floor polisher, pressure washer, leaf blower, snow blower,
hearing loop, door opener, sliding gate, sprinkler, smoke alarm, solar inverter, wall box, battery charger, navigation system, dash cam""")
ROLES = _comma("""caretaker, site manager, receptionist, office manager, accountant, head chef, team leader, shift supervisor, branch manager,
managing director, data protection officer, fire warden, first aider, IT administrator, purchasing manager, head nurse, practice manager, duty manager,
store detective, night porter, fleet manager, union representative, apprentice, intern, works doctor, safety officer, press officer, trainer, cleaner,
security guard, bookkeeper, payroll clerk, sales director, project leader, quality manager, warehouse clerk, driver, gardener, landlord, property manager,
tax adviser, lawyer, auditor, librarian, archivist, head teacher, school nurse, choir director, treasurer, chairwoman, secretary, pharmacist, dispatcher""")
TEAMS = _comma("""finance team, sales team, support team, night shift, early shift, cleaning crew, kitchen team, marketing team, design team, legal team,
purchasing team, maintenance crew, warehouse team, reception team, data team, field team, training team, press team, delivery team, payroll team,
research group, works council, safety committee, events team, web team, helpdesk, quality team, logistics team, night crew, front desk team""")
PLACES = _comma("""the car park, the basement, the roof, the bike shed, the back yard, the loading bay, the pharmacy, the bakery next door, the post office,
the corner shop, the gym, the church hall, the primary school, the station, the bus stop, the fire station, the town hall, the harbour, the petrol station,
the top shelf, the bottom drawer, the grey cupboard, the blue cabinet, the cloakroom, the stairwell, the corridor, the porch, the shed, the garage,
the attic, the pantry, the utility room, the boiler room, the server room, the key safe, the filing room, the stationery cupboard, the sick room,
the chapel, the conference room, the terrace, the courtyard, the roof garden, the delivery entrance, the fire exit, the staff kitchen, the cold store,
the tool shed, the changing room, the waiting area, the treatment room, the shop floor, the stock room, the showroom, the workshop, the paint shop""")
STREETS = """Mill Church Station Bridge Market Garden Harbour Castle School Park Orchard River Forest Meadow Quarry Tannery Weaver Chapel Linden Maple
Willow Cedar Poplar Hazel Beech Rowan Juniper Falcon Heron Swan Fox Badger Otter Lantern Anchor Bell Candle Copper Silver Saddle""".split()
COUNTRIES = _comma("""France, Japan, Brazil, Canada, Germany, Italy, Spain, India, Mexico, Egypt, Kenya, Nigeria, Australia, Argentina, Norway, Sweden,
Poland, Turkey, Greece, Portugal, Peru, Chile, Vietnam, Thailand, Morocco, Finland, Austria, Switzerland, Belgium, Denmark, Ireland, Iceland, Hungary,
Romania, Croatia, Slovenia, Estonia, Latvia, Lithuania, Ghana, Senegal, Ethiopia, Tanzania, Nepal, Indonesia, Malaysia, Philippines, Colombia, Uruguay""")
FILE_WORDS = """budget handbook contacts notes policy minutes menu rules report guide inventory rota contract invoice offer schedule checklist floorplan
logo template agenda survey timesheet expenses backup signature brochure pricelist packing-list key-list risk-assessment""".split()
FOODS = _comma("""peanuts, shellfish, milk, wheat, eggs, mushrooms, cinnamon, almonds, strawberries, garlic, olives, soya, sesame, celery, mustard, gluten,
walnuts, hazelnuts, cashews, prawns, mussels, crab, tuna, salmon, anchovies, pork, beef, lamb, chicken, turkey, tofu, lentils, chickpeas, beans, rice,
pasta, bread, rye bread, porridge, muesli, pancakes, waffles, cheese, goat cheese, yoghurt, butter, cream, honey, jam, chocolate, marzipan, liquorice,
vanilla ice cream, apple pie, carrot cake, scones, biscuits, crisps, popcorn, soup, onion soup, tomato soup, pumpkin soup, salad, potato salad, spinach,
broccoli, cauliflower, cabbage, leeks, onions, peppers, chillies, aubergine, courgettes, cucumber, radishes, beetroot, asparagus, artichokes, pizza, lasagne,
curry, sushi, dumplings, noodles, risotto, goulash, stew, omelette, quiche, falafel, hummus, kebab, burgers, sausages, ham, bacon, fish fingers, coriander""")
DRINKS = _comma("""oat latte, espresso, green tea, black coffee, mint tea, hot chocolate, sparkling water, apple juice, flat white, chai, lemonade, cappuccino,
orange juice, tomato juice, ginger tea, camomile tea, iced tea, rooibos, decaf, cola, tonic water, still water, buttermilk, cider, red wine, white wine,
wheat beer, ginger beer, elderflower cordial, malt drink, cocoa, almond milk, oat milk, carrot juice, kombucha, matcha, macchiato, earl grey""")
FRUITS = _comma("""apples, pears, plums, grapes, cherries, bananas, oranges, lemons, limes, melons, mangoes, peaches, apricots, figs, strawberries, raspberries,
blueberries, blackberries, gooseberries, redcurrants, kiwis, pineapples, pomegranates, papayas, nectarines, tangerines, quinces, dates, lychees, grapefruits""")
ANIMALS = _comma("""dog, cat, hamster, rabbit, parrot, budgie, goldfish, tortoise, guinea pig, pony, horse, donkey, goat, sheep, hen, duck, goose, pig, cow,
ferret, gecko, snake, canary, mouse, rat, hedgehog, lizard, llama, alpaca, beagle, poodle, terrier, spaniel, dachshund, kitten, puppy, owl, falcon, bee""")
HOBBIES = _comma("""chess, knitting, pottery, hiking, gardening, photography, birdwatching, baking, painting, juggling, sewing, carpentry, origami, calligraphy,
model trains, stargazing, fishing, sailing, dancing, singing, crossword puzzles, board games, beekeeping, cycling, climbing, kite flying, geocaching,
mushroom picking, jigsaw puzzles, stamp collecting, woodcarving, quilting, brewing beer, restoring old radios, yoga, cooking, poetry, drawing, running""")
LANGUAGES = """German French Spanish Italian Portuguese Dutch Polish Turkish Arabic Russian Japanese Korean Mandarin Hindi Urdu Bengali Greek Swedish Danish
Norwegian Finnish Hungarian Czech Slovak Romanian Bulgarian Croatian Ukrainian Welsh Irish Swahili Amharic Somali Tamil Thai Vietnamese Hebrew Persian""".split()
SPORTS = _comma("""football, tennis, badminton, table tennis, volleyball, basketball, handball, hockey, rowing, swimming, judo, karate, fencing, boxing, golf,
cricket, rugby, baseball, squash, climbing, skiing, skating, surfing, archery, bowling, darts, cycling, athletics, gymnastics, water polo, curling""")
INSTRUMENTS = _comma("""piano, violin, guitar, flute, drums, trumpet, harp, clarinet, trombone, saxophone, cello, double bass, viola, oboe, bassoon, accordion,
mandolin, banjo, ukulele, organ, recorder, tuba, French horn, xylophone, harmonica, bagpipes, lute, sitar, tin whistle, bass guitar""")
DEPARTMENTS = _comma("""logistics, accounting, human resources, marketing, sales, purchasing, production, quality control, customer service, research,
IT support, legal, facilities, payroll, engineering, design, radiology, paediatrics, cardiology, surgery, catering, housekeeping, dispatch, maintenance,
public relations, finance, training, security, planning, export, returns, warehousing, editorial, archives, procurement, compliance""")
EVENTS = _comma("""summer party, fire drill, team meeting, board meeting, open day, Christmas party, staff outing, training day, safety briefing, product launch,
quarterly review, annual general meeting, book club, flea market, bake sale, blood drive, job fair, parents' evening, sports day, school concert, quiz night,
film night, harvest festival, stocktake, site visit, press conference, farewell party, welcome breakfast, hackathon, charity run, wine tasting, bike tour,
first aid course, yoga class, choir rehearsal, works meeting, audit, inspection, wedding, christening, birthday party, housewarming, barbecue, street festival""")
VEHICLES = _comma("""van, car, truck, minibus, pickup, forklift, trailer, bus, motorbike, scooter, cargo bike, bicycle, e-bike, tractor, lorry, estate car,
ambulance, taxi, camper van, delivery van, company car, pool car, tow truck, snowplough, street sweeper, moped, tanker, boat, ferry, coach""")
SUBJECTS = _comma("""fire safety, data protection, first aid, machine safety, manual handling, food hygiene, travel booking, expense claims, sick leave,
parental leave, overtime, remote work, password rules, phishing, room booking, visitor badges, waste sorting, key handover, complaint handling, time recording,
stock control, cash handling, lone working, noise protection, chemical storage, spreadsheets, project management, public speaking, customer service,
negotiation, bookkeeping, tax law, labour law, welding, soldering, wound care, hand hygiene, infection control, lifting patients, medication, recycling""")

ZH_TEAMS = "财务组 销售组 客服组 夜班组 早班组 保洁组 厨房组 市场组 设计组 法务组 采购组 维修组 仓库组 前台组 数据组 培训组 配送组 研发组 安全小组 质检组 工程组 网络组".split()
ZH_ROLES = "门卫 物业经理 办公室主任 会计 厨师长 班长 店长 总经理 消防负责人 急救员 网管 采购经理 护士长 值班经理 夜班保安 车队队长 实习生 安全员 保洁员 出纳 销售总监 项目经理 质检员 仓库管理员 园丁 房东 律师 审计员 图书管理员 校长 药剂师 调度员".split()
ZH_PLACES = "二楼 一楼 三楼 地下室 前台 停车场 后院 楼顶 仓库 会议室 茶水间 机房 档案室 食堂 大厅 走廊 楼梯间 车库 阁楼 储藏室 配电室 更衣室 休息室 医务室 传达室 东门 西门 南门 北门 灰色柜子 蓝色柜子 最下面的抽屉 书架顶层 钥匙箱 药店 面包店 邮局 车站 体育馆 消防站 自行车棚 露台 展厅 车间 实验室 图书馆 接待室 培训室 复印室 洗手间旁边".split()
ZH_CITIES = "哈尔滨 长春 济南 合肥 福州 南昌 太原 石家庄 兰州 西宁 乌鲁木齐 贵阳 南宁 海口 珠海 东莞 佛山 无锡 常州 温州 绍兴 烟台 洛阳 桂林 三亚 首尔 曼谷 新加坡 罗马 马德里".split()
ZH_COUNTRIES = "法国 日本 巴西 加拿大 德国 意大利 西班牙 印度 墨西哥 埃及 肯尼亚 澳大利亚 阿根廷 挪威 瑞典 波兰 土耳其 希腊 葡萄牙 秘鲁 智利 越南 泰国 摩洛哥 芬兰 奥地利 瑞士 荷兰 丹麦 新西兰".split()
ZH_STREETS = "人民 中山 解放 建设 和平 长江 黄河 文化 学院 花园 滨江 新华 光明 胜利 南京 北京 桃园 梅花 松林 柳巷 青年 团结 东风 工业 科技".split()
ZH_SURNAME_TITLES = [name + title for name in "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗" for title in ("经理", "老师", "医生", "师傅", "女士", "先生")]
ZH_FILE_WORDS = "预算 手册 通讯录 会议纪要 制度 菜单 报告 指南 库存 排班表 合同 发票 报价 日程 清单 平面图 模板 考勤 报销 备份 价格表 钥匙登记".split()
ZH_DEVICES = "打印机 扫描仪 投影仪 咖啡机 路由器 空调 冰箱 电梯 复印机 碎纸机 门禁机 考勤机 饮水机 洗碗机 微波炉 洗衣机 烘干机 叉车 发电机 水泵 锅炉 服务器 交换机 摄像头 显示器 笔记本电脑 平板电脑 收银机 扫码枪 烤箱 吸尘器 除湿机 热水器 充电桩 报警器 消防主机 音箱 麦克风 电视 塑封机 标签机 离心机 血压计 切割机 电焊机 包装机".split()
ZH_FOODS = "花生 海鲜 牛奶 小麦 鸡蛋 蘑菇 杏仁 大蒜 橄榄 大豆 芝麻 芹菜 核桃 腰果 虾 螃蟹 三文鱼 猪肉 牛肉 羊肉 鸡肉 豆腐 米饭 面条 饺子 包子 馒头 粥 蛋糕 巧克力 冰淇淋 饼干 土豆 西红柿 茄子 黄瓜 白菜 菠菜 辣椒 洋葱 香菜 火锅 烤鸭 红烧肉 糖醋鱼 春卷 汤圆 月饼 寿司 披萨 汉堡".split()
ZH_DRINKS = "绿茶 红茶 乌龙茶 普洱茶 菊花茶 茉莉花茶 美式咖啡 拿铁 豆浆 牛奶 酸奶 橙汁 苹果汁 柠檬水 可乐 矿泉水 苏打水 奶茶 热巧克力 啤酒 白酒 米酒 椰汁 酸梅汤".split()
ZH_FRUITS = "苹果 梨 李子 葡萄 樱桃 香蕉 橙子 柠檬 西瓜 芒果 桃子 杏 草莓 蓝莓 猕猴桃 菠萝 石榴 木瓜 橘子 荔枝 龙眼 柚子 火龙果 枇杷".split()
ZH_ANIMALS = "狗 猫 仓鼠 兔子 鹦鹉 金鱼 乌龟 豚鼠 小马 山羊 鸡 鸭子 鹅 猪 牛 蜥蜴 金丝雀 刺猬 羊驼 贵宾犬 柯基 猫头鹰 蜜蜂 驴".split()
ZH_COLOURS = "红色 蓝色 绿色 黄色 黑色 白色 灰色 橙色 紫色 棕色 银色 粉色 米色 金色 深蓝色 浅绿色 天蓝色 酒红色".split()
ZH_HOBBIES = "下棋 织毛衣 陶艺 徒步 园艺 摄影 观鸟 烘焙 画画 书法 木工 折纸 钓鱼 跳舞 唱歌 猜谜 桌游 骑车 登山 集邮 打太极 做饭 写诗 跑步 瑜伽 剪纸 养鱼 看电影 听戏".split()
ZH_LANGUAGES = "英语 法语 德语 西班牙语 意大利语 葡萄牙语 荷兰语 波兰语 土耳其语 阿拉伯语 俄语 日语 韩语 印地语 希腊语 泰语 越南语 粤语 上海话 四川话 闽南语".split()
ZH_SPORTS = "足球 网球 羽毛球 乒乓球 排球 篮球 手球 曲棍球 游泳 柔道 空手道 击剑 拳击 高尔夫 攀岩 滑雪 滑冰 射箭 保龄球 太极拳 跑步 体操 台球".split()
ZH_INSTRUMENTS = "钢琴 小提琴 吉他 长笛 鼓 小号 竖琴 单簧管 萨克斯 大提琴 手风琴 口琴 二胡 古筝 琵琶 笛子 唢呐 葫芦丝 电子琴 扬琴".split()
ZH_DEPARTMENTS = "财务部 销售部 人事部 市场部 技术部 法务部 采购部 生产部 质检部 客服部 研发部 物流部 行政部 工程部 放射科 儿科 外科 内科 急诊科 后勤部 安保部 培训部 公关部 仓储部".split()
ZH_EVENTS = "年会 消防演习 周会 董事会 开放日 中秋晚会 团建 培训日 安全说明会 新品发布会 季度总结会 读书会 义卖会 献血活动 招聘会 家长会 运动会 音乐会 电影之夜 盘点 参观 记者会 欢送会 欢迎会 慈善跑 急救课 瑜伽课 合唱排练 审计 检查 婚礼 生日会 烧烤 元旦晚会".split()
ZH_VEHICLES = "面包车 轿车 卡车 中巴 皮卡 叉车 拖车 公交车 摩托车 电动车 货运自行车 自行车 拖拉机 货车 救护车 出租车 房车 送货车 公司车 扫雪车 船 大巴".split()
ZH_SUBJECTS = "消防安全 数据保护 急救 机械安全 食品卫生 差旅预订 报销 病假 产假 加班 远程办公 密码规定 防诈骗 会议室预订 访客证 垃圾分类 钥匙交接 投诉处理 考勤 库存管理 现金管理 噪音防护 化学品存放 电子表格 项目管理 演讲 客户服务 谈判 记账 税法 劳动法 焊接 伤口护理 洗手 感染控制 用药".split()
