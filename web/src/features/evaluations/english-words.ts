/** Terms of the standards in English; the interface of the platform answers with the Chinese ones. */
const ENGLISH: Readonly<Record<string, string>> = {
  是: 'yes',
  否: 'no',
  无: 'none',
  优: 'excellent',
  良: 'good',
  良好: 'good',
  轻度污染: 'lightly polluted',
  中度污染: 'moderately polluted',
  重度污染: 'heavily polluted',
  严重污染: 'severely polluted',
  一级: 'level 1',
  二级: 'level 2',
  三级: 'level 3',
  四级: 'level 4',
  五级: 'level 5',
  六级: 'level 6',
  昼间: 'day',
  夜间: 'night',
  夜间最大声级: 'largest level of the night',
  劣Ⅴ: 'worse than Ⅴ',
  '颗粒物(PM10)': 'PM10',
  '细颗粒物(PM2.5)': 'PM2.5',
  臭氧1小时: 'O3, 1 hour',
  臭氧8小时: 'O3, 8 hours',
  二氧化硫: 'SO2',
  二氧化氮: 'NO2',
  一氧化碳: 'CO',
  氨氮: 'ammonia nitrogen',
  总磷: 'total phosphorus',
  溶解氧: 'dissolved oxygen',
  高锰酸盐指数: 'permanganate index',
  化学需氧量: 'chemical oxygen demand',
  镉: 'cadmium',
  汞: 'mercury',
  砷: 'arsenic',
  铅: 'lead',
  铬: 'chromium',
  铜: 'copper',
  镍: 'nickel',
  锌: 'zinc',
  不高于筛选值: 'not above the screening value',
  高于筛选值: 'above the screening value',
  高于管制值: 'above the intervention value',
  优先保护类: 'priority protection',
  安全利用类: 'safe use',
  严格管控类: 'strict control',
  贫营养: 'oligotrophic',
  中营养: 'mesotrophic',
  轻度富营养: 'lightly eutrophic',
  中度富营养: 'moderately eutrophic',
  重度富营养: 'heavily eutrophic',
  不黑臭: 'not black-odorous',
  轻度黑臭: 'lightly black-odorous',
  重度黑臭: 'heavily black-odorous',
}

/** A verdict in English: words of a list, each with its figure in brackets where it has one. */
export const inEnglish = (value: string): string =>
  value
    .split('、')
    .map((part) => {
      const [, word = part, figure = ''] = /^(.*?)(\([\d.]+\))?$/.exec(part) ?? []
      const known = ENGLISH[part] ?? ENGLISH[word]
      return known === undefined ? part : `${known}${ENGLISH[part] === undefined ? figure : ''}`
    })
    .join(', ')
