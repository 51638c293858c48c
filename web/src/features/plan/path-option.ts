/** An indicator's years as an ECharts option: expected path, values, projection with its band. Pure. */
import type { EChartsOption, SeriesOption } from 'echarts'
import { approximate, formatDecimal } from '@/shared/decimal'
import type { ChartColours } from '@/shared/ui/chart-colours'
import type { Course, Indicator } from './model'

export interface PathWords {
  expected: string
  value: string
  projection: string
  band: string
  provisional: string
}

const rounded = (value: number, places: number): string => value.toFixed(places)

/** Decimal places of the indicator's values, as they come. */
export function placesOf(course: Pick<Course, 'years'>): number {
  const text = course.years.find((year) => year.value !== null)?.value ?? ''
  return text.split('.')[1]?.length ?? 0
}

/** The estimate as a line from the last value to the projected year, with its band around it. */
function projectionSeries(
  course: Course,
  years: readonly string[],
  colours: ChartColours,
  words: PathWords,
): SeriesOption[] {
  const projection = course.projection
  const last = course.years.filter((year) => year.value !== null).at(-1)
  if (projection == null || last === undefined || last.year >= projection.year) return []
  const from = years.indexOf(String(last.year))
  const to = years.indexOf(String(projection.year))
  const start = approximate(last.value) ?? 0
  const between = (end: number) =>
    years.map((_, index) =>
      index < from || index > to ? null : start + ((end - start) * (index - from)) / (to - from),
    )
  const shared = {
    type: 'line' as const,
    symbol: 'none',
    silent: true,
    stack: 'band',
    stackStrategy: 'all' as const,
    lineStyle: { opacity: 0 },
    tooltip: { show: false },
    z: 1,
  }
  const low = between(projection.lower)
  const high = between(projection.upper)
  return [
    { ...shared, name: 'low', data: low },
    {
      ...shared,
      name: words.band,
      areaStyle: { color: colours.series[1], opacity: 0.16 },
      data: high.map((value, index) => {
        const under = low[index]
        return value === null || under === null || under === undefined ? null : value - under
      }),
    },
    {
      type: 'line',
      name: words.projection,
      data: between(projection.value),
      symbol: 'none',
      lineStyle: { color: colours.series[1], width: 1.6, type: 'dotted' },
      itemStyle: { color: colours.series[1] },
      z: 2,
    },
  ]
}

export function pathOption(
  course: Course,
  indicator: Pick<Indicator, 'base' | 'unit'>,
  colours: ChartColours,
  words: PathWords,
): EChartsOption {
  const first = course.years[0]?.year ?? 0
  const all = [first - 1, ...course.years.map((year) => year.year)].map(String)
  const expected = new Map(course.path.map((one) => [String(one.year), one.expected]))
  const values = new Map(course.years.map((one) => [String(one.year), one]))
  const places = placesOf(course)
  const data = all.map((year) => {
    const state = values.get(year)
    const text = state === undefined ? indicator.base : state.value
    return {
      value: approximate(text),
      text,
      symbol: state?.provisional ? 'emptyCircle' : 'circle',
    }
  })
  return {
    animation: false,
    grid: { left: 8, right: 20, top: 56, bottom: 6, containLabel: true },
    legend: {
      top: 0,
      left: 0,
      itemWidth: 18,
      itemGap: 18,
      data: [words.value, words.expected, words.projection],
      textStyle: { color: colours.faint },
    },
    tooltip: {
      trigger: 'axis',
      backgroundColor: colours.surface,
      borderColor: colours.line,
      textStyle: { color: colours.ink, fontSize: 12.5 },
      formatter: (items) => {
        const year = all[(Array.isArray(items) ? items[0] : items)?.dataIndex ?? 0] ?? ''
        const state = values.get(year)
        const value = state === undefined ? indicator.base : state.value
        const lines = [
          `<b>${year}</b>`,
          `${words.value} ${formatDecimal(value)} ${value == null ? '' : indicator.unit}`,
          `${words.expected} ${formatDecimal(expected.get(year))}`,
        ]
        if (state?.provisional) lines.push(words.provisional)
        const projection = course.projection
        if (projection != null && String(projection.year) === year)
          lines.push(
            `${words.projection} ${rounded(projection.value, places)} (${rounded(projection.lower, places)}–${rounded(projection.upper, places)})`,
          )
        return lines.join('<br>')
      },
    },
    xAxis: {
      type: 'category',
      data: all,
      boundaryGap: true,
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
      axisLabel: { color: colours.faint },
    },
    yAxis: {
      type: 'value',
      scale: true,
      name: indicator.unit,
      nameTextStyle: { color: colours.faint, align: 'left', padding: [0, 0, 0, -8] },
      nameGap: 12,
      axisLabel: { color: colours.faint },
      splitLine: { lineStyle: { color: colours.line } },
    },
    series: [
      {
        type: 'line',
        name: words.expected,
        data: all.map((year) => approximate(expected.get(year))),
        symbol: 'none',
        lineStyle: { color: colours.faint, width: 1.4, type: 'dashed' },
        itemStyle: { color: colours.faint },
        z: 2,
      },
      ...projectionSeries(course, all, colours, words),
      {
        type: 'line',
        name: words.value,
        data,
        symbolSize: 9,
        connectNulls: true,
        lineStyle: { color: colours.series[0], width: 2 },
        itemStyle: { color: colours.series[0] },
        z: 3,
      },
    ],
  }
}
