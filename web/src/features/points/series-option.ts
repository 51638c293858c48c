/** A series as an ECharts option: lines with gaps, min/max bands, limits, flags. Pure. */
import type { EChartsOption, SeriesOption } from 'echarts'
import { approximate, formatDecimal } from '@/shared/decimal'
import { formatDateTime, formatMinute, formatShort, parseInstant } from '@/shared/time'
import { markedAreas, type AreaPair } from './marked-areas'
import type { FactorLimit, Series, SeriesFactor, SeriesPoint } from './model'

export interface Palette {
  ink: string
  faint: string
  line: string
  surface: string
  alarm: string
  warning: string
  band: string
  series: readonly string[]
}

export interface Words {
  nameOf: (factor: SeriesFactor) => string
  unitOf: (factor: SeriesFactor) => string
  flagOf: (flag: string) => string
  markOf: (mark: string) => string
  validityOf: (validity: string) => string
  upperLimit: string
  lowerLimit: string
  range: string
}

const colourOf = (palette: Palette, index: number): string =>
  palette.series[index % palette.series.length] ?? palette.ink

/** Points with a hole (null) wherever more than one and a half intervals are missing. */
export function withHoles(
  points: readonly SeriesPoint[],
  intervalMs: number,
): { time: number; point: SeriesPoint | null }[] {
  const placed: { time: number; point: SeriesPoint | null }[] = []
  let before: number | null = null
  for (const point of points) {
    const time = parseInstant(point.time)
    if (time === null) continue
    if (before !== null && intervalMs > 0 && time - before > intervalMs * 1.5)
      placed.push({ time: before + 1, point: null })
    placed.push({ time, point })
    before = time
  }
  return placed
}

interface Drawn {
  factor: SeriesFactor
  placed: ReturnType<typeof withHoles>
}

function bandOf(drawn: Drawn, index: number, palette: Palette): SeriesOption[] {
  const has = drawn.placed.some(
    ({ point }) => point?.min != null && point.max != null && point.min !== point.max,
  )
  if (!has) return []
  const shared = {
    type: 'line' as const,
    stack: `band-${index}`,
    stackStrategy: 'all' as const,
    symbol: 'none',
    silent: true,
    yAxisIndex: index,
    lineStyle: { opacity: 0 },
    tooltip: { show: false },
    z: 1,
  }
  return [
    {
      ...shared,
      data: drawn.placed.map(({ time, point }) => [time, approximate(point?.min)]),
    },
    {
      ...shared,
      areaStyle: { color: colourOf(palette, index), opacity: 0.13 },
      data: drawn.placed.map(({ time, point }) => {
        const low = approximate(point?.min)
        const high = approximate(point?.max)
        return [time, low === null || high === null ? null : high - low]
      }),
    },
  ]
}

/** A limit as lines over the time in which it holds, and no longer. */
export function limitLines(
  limit: FactorLimit,
  [from, to]: [number, number],
  palette: Pick<Palette, 'alarm'>,
  words: Pick<Words, 'upperLimit' | 'lowerLimit'>,
) {
  const begin = Math.max(from, parseInstant(limit.valid_from) ?? from)
  const end = Math.min(to, parseInstant(limit.valid_to) ?? to)
  if (begin >= end) return []
  return (['upper', 'lower'] as const).flatMap((side) => {
    const value = approximate(limit[side])
    if (value === null) return []
    const name = `${side === 'upper' ? words.upperLimit : words.lowerLimit} ${limit[side] ?? ''}`
    return [
      [
        {
          coord: [begin, value],
          lineStyle: { color: palette.alarm, type: 'dashed' as const, width: 1.2 },
          label: {
            formatter: name,
            position: 'insideEndTop' as const,
            color: palette.alarm,
            fontSize: 11,
          },
        },
        { coord: [end, value] },
      ] as [{ coord: number[]; lineStyle: object; label: object }, { coord: number[] }],
    ]
  })
}

/** The option of the chart; one vertical axis for each factor, at most two shown. */
export function seriesOption(series: Series, palette: Palette, words: Words): EChartsOption {
  const drawn: Drawn[] = series.factors.map((factor) => ({
    factor,
    placed: withHoles(factor.points, series.interval_ms),
  }))
  const from = parseInstant(series.from) ?? 0
  const to = parseInstant(series.to) ?? 0
  const main: SeriesOption[] = drawn.map(({ factor, placed }, index) => {
    const limits = series.limits.filter((limit) => limit.factor_code === factor.factor_code)
    const isFlagged = (point: SeriesPoint | null): boolean =>
      point?.flag != null && point.flag !== 'N' && point.flag !== ''
    return {
      id: factor.factor_code,
      name: words.nameOf(factor),
      type: 'line',
      yAxisIndex: index,
      showSymbol: placed.length < 120 || placed.some(({ point }) => isFlagged(point)),
      symbol: 'circle',
      symbolSize: (_value: unknown, at: { dataIndex: number }) =>
        isFlagged(placed[at.dataIndex]?.point ?? null) ? 7 : placed.length < 120 ? 4 : 0,
      connectNulls: false,
      lineStyle: { width: 1.8, color: colourOf(palette, index) },
      itemStyle: { color: colourOf(palette, index) },
      z: 3,
      data: placed.map(({ time, point }) =>
        isFlagged(point)
          ? {
              value: [time, approximate(point?.value)],
              itemStyle: { color: palette.warning, borderColor: palette.surface, borderWidth: 1 },
            }
          : [time, approximate(point?.value)],
      ),
      markLine: {
        symbol: 'none',
        silent: true,
        data: limits.flatMap((limit) => limitLines(limit, [from, to], palette, words)),
      },
      markArea: {
        silent: true,
        itemStyle: { color: palette.band },
        data:
          index === 0
            ? [
                ...factor.gaps.map((gap): AreaPair => [
                  { xAxis: parseInstant(gap.from) ?? 0 },
                  { xAxis: parseInstant(gap.to) ?? 0 },
                ]),
                ...markedAreas(factor, series.interval_ms, palette, words),
              ]
            : [],
      },
    }
  })
  const isLong = to - from > 2 * 86_400_000
  return {
    animation: false,
    textStyle: { color: palette.ink, fontFamily: 'inherit' },
    grid: { left: 56, right: drawn.length > 1 ? 60 : 24, top: 44, bottom: 62 },
    legend: {
      type: 'scroll',
      top: 6,
      left: 8,
      icon: 'roundRect',
      itemWidth: 14,
      itemHeight: 4,
      textStyle: { color: palette.ink },
      data: main.map((item) => String(item.name)),
    },
    tooltip: {
      trigger: 'axis',
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.ink, fontSize: 12.5 },
      formatter: (params: unknown) => tooltipText(params, drawn, palette, words),
    },
    xAxis: {
      type: 'time',
      min: from,
      max: to,
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: {
        color: palette.faint,
        hideOverlap: true,
        formatter: (value: number) => (isLong ? formatShort(value) : formatMinute(value)),
      },
    },
    yAxis: drawn.map(({ factor }, index) => ({
      type: 'value',
      show: index < 2,
      scale: true,
      position: index === 1 ? 'right' : 'left',
      name: index < 2 ? words.unitOf(factor) : '',
      nameTextStyle: { color: palette.faint, fontSize: 11 },
      nameGap: 8,
      axisLabel: { color: drawn.length > 1 ? colourOf(palette, index) : palette.faint },
      splitLine: { show: index === 0, lineStyle: { color: palette.line } },
      // Room for the limit, so that a calm curve still shows how far it is from its limit.
      max: (extent: { max: number }) => niceMaximum(extent.max, factor, series),
    })),
    dataZoom: [
      { type: 'inside', filterMode: 'none' },
      {
        type: 'slider',
        height: 18,
        bottom: 10,
        filterMode: 'none',
        borderColor: palette.line,
        fillerColor: palette.band,
        handleStyle: { color: palette.faint },
        moveHandleSize: 0,
        textStyle: { color: palette.faint, fontSize: 11 },
        labelFormatter: (value: number) => formatShort(value),
      },
    ],
    series: [...main, ...drawn.flatMap((item, index) => bandOf(item, index, palette))],
  }
}

/** The upper end of the axis: above the data, and above the limit when the data come near it. */
export function niceMaximum(dataMaximum: number, factor: SeriesFactor, series: Series): number {
  const uppers = series.limits
    .filter((limit) => limit.factor_code === factor.factor_code)
    .map((limit) => approximate(limit.upper))
    .filter((upper): upper is number => upper !== null)
  const reachable = uppers.filter((upper) => upper <= dataMaximum * 4)
  const top = Math.max(dataMaximum, ...reachable) * 1.08
  if (!Number.isFinite(top) || top <= 0) return 1
  const step = 10 ** Math.floor(Math.log10(top)) / 5
  return Math.ceil(top / step) * step
}

function tooltipText(
  params: unknown,
  drawn: readonly Drawn[],
  palette: Palette,
  words: Words,
): string {
  if (!Array.isArray(params)) return ''
  const lines: string[] = []
  let head = ''
  for (const item of params as { seriesIndex: number; dataIndex: number }[]) {
    const line = drawn[item.seriesIndex]
    const placed = line?.placed[item.dataIndex]
    if (line === undefined || placed?.point == null) continue
    const { point, time } = placed
    head = formatDateTime(time)
    const flag =
      point.flag && point.flag !== 'N' ? ` · ${point.flag} ${words.flagOf(point.flag)}` : ''
    const said = [
      point.mark ? words.markOf(point.mark) : '',
      point.validity && point.validity !== 'received' ? words.validityOf(point.validity) : '',
    ].filter((text) => text !== '')
    const layers = said.map((text) => ` · ${text}`).join('')
    const range =
      point.min != null && point.max != null
        ? `<br><span style="color:${palette.faint}">${words.range} ${formatDecimal(point.min)} – ${formatDecimal(point.max)}</span>`
        : ''
    lines.push(
      `<div style="margin-top:4px"><i style="display:inline-block;width:8px;height:8px;border-radius:4px;margin-right:6px;background:${colourOf(palette, item.seriesIndex)}"></i>${escapeHtml(words.nameOf(line.factor))} <b>${formatDecimal(point.value)}</b> ${escapeHtml(words.unitOf(line.factor))}${escapeHtml(flag + layers)}${range}</div>`,
    )
  }
  return head === '' ? '' : `<div>${head}</div>${lines.join('')}`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
