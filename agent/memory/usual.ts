/**
 * Ordinary statements of an office, so that a question's likeness to a fact can be told from its likeness to anything.
 * A small embedder finds a question of a kind it never learned ("Convert 5 miles to kilometres.") close to every
 * statement there is: plain cosines of .5 and more. Less its mean cosine with these, nothing is left of that. How much is
 * left between a statement and the question that it answers is the unit: so a floor means the same for every embedder.
 */

type Pair = readonly [statement: string, question: string];

export interface Usual {
  /** The mean vector of each language's statements. */
  means: Float32Array[];
  /** What a right pair has in common beyond that, as a rule. */
  unit: number;
}

const english: readonly Pair[] = [
  ['The meeting room seats twelve people.', 'How many people does the meeting room seat?'],
  ['Our landlord is Mr Horvat.', 'Who is our landlord?'],
  ['The delivery comes on Tuesday morning.', 'When does the delivery come?'],
  ['I parked the car behind the station.', 'Where did I park the car?'],
  ['The contract ends in October.', 'When does the contract end?'],
  ['Lunch costs eight euros.', 'How much is lunch?'],
  ['My cousin plays the violin.', 'Which instrument does my cousin play?'],
  ['The window in the hall is broken.', 'Which window is broken?'],
  ['Visitors sign in at reception.', 'Where do visitors sign in?'],
  ['The safe is in the cellar.', 'Where is the safe?'],
  ['I ordered forty chairs.', 'How many chairs did I order?'],
  ['The number of the warehouse is 5183.', 'What is the number of the warehouse?'],
  ['Nadia is in charge of the archive.', 'Who is in charge of the archive?'],
  ['We bought the van in 2019.', 'When did we buy the van?'],
  ['The heating is serviced every year.', 'How often is the heating serviced?'],
  ['My favourite fruit is plums.', 'What is my favourite fruit?'],
  ['The shop opens at nine.', 'When does the shop open?'],
  ['Letters go into the red tray.', 'Where do letters go?'],
  ['The bus leaves from platform 6.', 'Which platform does the bus leave from?'],
  ['Please switch off the lights at night.', 'What should be switched off at night?'],
  ['The garden is watered twice a week.', 'How often is the garden watered?'],
  ['Our customer number is KV-3306.', 'What is our customer number?'],
  ['The blue folder belongs to Peter.', 'Whose is the blue folder?'],
  ['The training takes two days.', 'How long does the training take?'],
];

const chinese: readonly Pair[] = [
  ['会议室能坐十二个人。', '会议室能坐多少人？'],
  ['我们的房东是陈先生。', '我们的房东是谁？'],
  ['周二上午送货。', '什么时候送货？'],
  ['我把车停在车站后面。', '我的车停在哪里？'],
  ['合同十月到期。', '合同什么时候到期？'],
  ['午饭八块钱。', '午饭多少钱？'],
  ['我表弟会拉小提琴。', '我表弟会拉什么？'],
  ['大厅的窗户坏了。', '大厅的什么坏了？'],
  ['来访者在前台登记。', '来访者在哪里登记？'],
  ['保险柜在地下室。', '保险柜在哪里？'],
  ['我订了四十把椅子。', '我订了多少把椅子？'],
  ['仓库的号码是5183。', '仓库的号码是多少？'],
  ['赵敏负责档案室。', '谁负责档案室？'],
  ['我们2019年买了货车。', '货车是哪年买的？'],
  ['暖气每年检修一次。', '暖气多久检修一次？'],
  ['我最喜欢的水果是李子。', '我最喜欢的水果是什么？'],
  ['商店九点开门。', '商店几点开门？'],
  ['信件放在红色托盘里。', '信件放在哪里？'],
  ['公交车从六号站台出发。', '公交车从几号站台出发？'],
  ['晚上请关灯。', '晚上要关什么？'],
  ['花园每周浇两次水。', '花园多久浇一次水？'],
  ['我们的客户编号是KV-3306。', '我们的客户编号是多少？'],
  ['蓝色文件夹是小刘的。', '蓝色文件夹是谁的？'],
  ['培训要两天。', '培训要多久？'],
];

const languages = [english, chinese];
/** Of an embedder that tells nothing apart. */
const leastUnit = 0.05;

export async function usualFor(embed: (texts: readonly string[]) => Promise<Float32Array[]>): Promise<Usual> {
  const means: Float32Array[] = [];
  const left: number[] = [];
  for (const pairs of languages) {
    const statements = await embed(pairs.map(([statement]) => statement));
    const questions = await embed(pairs.map(([, question]) => question));
    const center = mean(statements);
    means.push(center);
    for (const [i, asked] of questions.entries())
      left.push(dot(asked, statements[i] ?? center) - dot(asked, center));
  }
  return { means, unit: Math.max(leastUnit, left.reduce((sum, one) => sum + one, 0) / left.length) };
}

/** A question's cosine as likeness: beyond what it has with anything, in the embedder's own unit. */
export function likenessFor({ means, unit }: Usual, asked: Float32Array): (cosine: number) => number {
  // In the language that it resembles most.
  const usual = Math.max(0, ...means.map((center) => dot(center, asked)));
  return (cosine) => (cosine - usual) / unit;
}

/** As they lie on disk: the unit, then the means. */
export function usualBytes({ means, unit }: Usual): Uint8Array {
  return new Uint8Array(Float32Array.from([unit, ...means.flatMap((center) => [...center])]).buffer);
}

export function usualIn(bytes: Uint8Array, dimensions: number): Usual {
  const numbers = new Float32Array(Uint8Array.from(bytes).buffer);
  const means = Array.from({ length: (numbers.length - 1) / dimensions }, (_, i) =>
    numbers.subarray(1 + i * dimensions, 1 + (i + 1) * dimensions),
  );
  return { means, unit: numbers[0] ?? leastUnit };
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, number, i) => sum + number * (b[i] ?? 0), 0);

function mean(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) {
    for (const [i, number] of vector.entries()) sum[i] = (sum[i] ?? 0) + number / vectors.length;
  }
  return sum;
}
