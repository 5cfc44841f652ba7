/**
 * Ordinary statements of an office, so that a question's likeness to a fact can be told from its likeness to anything.
 * A small embedder finds a question of a kind it never learned ("Convert 5 miles to kilometres.") close to every
 * statement there is: plain cosines of .5 and more. Less its mean cosine with these, nothing is left of that.
 */

const english = [
  'The meeting room seats twelve people.',
  'Our landlord is Mr Horvat.',
  'The delivery comes on Tuesday morning.',
  'I parked the car behind the station.',
  'The contract ends in October.',
  'Lunch costs eight euros.',
  'My cousin plays the violin.',
  'The window in the hall is broken.',
  'Visitors sign in at reception.',
  'The safe is in the cellar.',
  'I ordered forty chairs.',
  'The number of the warehouse is 5183.',
  'Nadia is in charge of the archive.',
  'We bought the van in 2019.',
  'The heating is serviced every year.',
  'My favourite fruit is plums.',
  'The shop opens at nine.',
  'Letters go into the red tray.',
  'The bus leaves from platform 6.',
  'Please switch off the lights at night.',
  'The garden is watered twice a week.',
  'Our customer number is KV-3306.',
  'The blue folder belongs to Peter.',
  'The training takes two days.',
];

const chinese = [
  '会议室能坐十二个人。',
  '我们的房东是陈先生。',
  '周二上午送货。',
  '我把车停在车站后面。',
  '合同十月到期。',
  '午饭八块钱。',
  '我表弟会拉小提琴。',
  '大厅的窗户坏了。',
  '来访者在前台登记。',
  '保险柜在地下室。',
  '我订了四十把椅子。',
  '仓库的号码是5183。',
  '赵敏负责档案室。',
  '我们2019年买了货车。',
  '暖气每年检修一次。',
  '我最喜欢的水果是李子。',
  '商店九点开门。',
  '信件放在红色托盘里。',
  '公交车从六号站台出发。',
  '晚上请关灯。',
  '花园每周浇两次水。',
  '我们的客户编号是KV-3306。',
  '蓝色文件夹是小刘的。',
  '培训要两天。',
];

/** The mean vector of each language's statements. */
export async function usualVectors(
  embed: (texts: readonly string[]) => Promise<Float32Array[]>,
): Promise<Float32Array[]> {
  const means: Float32Array[] = [];
  for (const statements of [english, chinese]) means.push(mean(await embed(statements)));
  return means;
}

function mean(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) {
    for (const [i, number] of vector.entries()) sum[i] = (sum[i] ?? 0) + number / vectors.length;
  }
  return sum;
}
