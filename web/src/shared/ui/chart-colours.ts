/** Colours for charts in light and dark; the order keeps neighbours apart. */
export interface ChartColours {
  ink: string
  faint: string
  line: string
  surface: string
  alarm: string
  warning: string
  band: string
  series: readonly string[]
}

export function chartColours(isDark: boolean): ChartColours {
  return isDark
    ? {
        ink: '#e8eeeb',
        faint: '#93a19a',
        line: '#26312c',
        surface: '#1d2622',
        alarm: '#f08a7b',
        warning: '#e0b050',
        band: 'rgba(147, 161, 154, 0.14)',
        series: [
          '#6cc3a6',
          '#7db8dc',
          '#e0b050',
          '#b9a0ea',
          '#e58fa9',
          '#a8c66c',
          '#8fa3f0',
          '#d49a6a',
        ],
      }
    : {
        ink: '#18211e',
        faint: '#5d6a64',
        line: '#e1e6e2',
        surface: '#ffffff',
        alarm: '#b93526',
        warning: '#8f5f00',
        band: 'rgba(99, 112, 106, 0.12)',
        series: [
          '#1d6b58',
          '#2c6b91',
          '#b07a10',
          '#6b4fa3',
          '#a83c62',
          '#5f7f1f',
          '#3f55b5',
          '#9a5a24',
        ],
      }
}
