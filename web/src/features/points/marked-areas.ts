/** What the enterprise marked, as bands of the chart. Pure. */
import { parseInstant } from '@/shared/time'
import type { SeriesFactor, SeriesPoint } from './model'
import type { Palette, Words } from './series-option'

/** Neighbouring points with one mark of the enterprise, from the first to the end of the last. */
export function markedSpans(
  points: readonly SeriesPoint[],
  intervalMs: number,
): { mark: string; from: number; to: number }[] {
  const spans: { mark: string; from: number; to: number }[] = []
  for (const point of points) {
    const time = parseInstant(point.time)
    if (time === null || !point.mark) continue
    const last = spans.at(-1)
    if (last?.mark === point.mark && time <= last.to + intervalMs / 2) last.to = time + intervalMs
    else spans.push({ mark: point.mark, from: time, to: time + intervalMs })
  }
  return spans
}

/** A band of a chart: where it begins, with its looks, and where it ends. */
export type AreaPair = [
  { xAxis: number; name?: string; itemStyle?: object; label?: object },
  { xAxis: number },
]

/** What the enterprise marked, as bands with the mark's name. */
export function markedAreas(
  factor: SeriesFactor,
  intervalMs: number,
  palette: Palette,
  words: Words,
): AreaPair[] {
  return markedSpans(factor.points, intervalMs).map(({ mark, from, to }): AreaPair => [
    {
      xAxis: from,
      name: words.markOf(mark),
      itemStyle: { color: palette.warning, opacity: 0.14 },
      label: { position: 'insideTop', color: palette.warning, fontSize: 11 },
    },
    { xAxis: to },
  ])
}
