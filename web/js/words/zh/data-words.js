// @ts-check
// Chinese words of what the shipped data and models say of themselves: the genres of the films, and licences.

/** @type {Record<string, string>} */
export const DATA_WORDS = {
  'Action': '动作',
  'Adventure': '冒险',
  'Animation': '动画',
  'Children': '儿童',
  'Comedy': '喜剧',
  'Crime': '犯罪',
  'Documentary': '纪录片',
  'Drama': '剧情',
  'Fantasy': '奇幻',
  'Film-Noir': '黑色电影',
  'Horror': '恐怖',
  'IMAX': 'IMAX',
  'Musical': '歌舞',
  'Mystery': '悬疑',
  'Romance': '爱情',
  'Sci-Fi': '科幻',
  'Thriller': '惊悚',
  'War': '战争',
  'Western': '西部',
  '(no genres listed)': '（未列类型）',
  'the MovieLens data\'s terms: research, non-commercial, cite; see LICENCE.md': '遵循 MovieLens 数据的条款：研究、非商业、需引用；见 LICENCE.md',
  'CC BY-SA 4.0, as the data; see LICENCE.md': 'CC BY-SA 4.0，与数据相同；见 LICENCE.md',
};
