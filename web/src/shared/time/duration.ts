/** Lengths of time and ages in words of the present language. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from './beijing'

type Translate = (key: string, values: Record<string, number>) => string

/** `3 分钟` / `3 min`; seconds below a minute, days above two. */
export function describeDuration(milliseconds: number, t: Translate): string {
  const length = Math.max(0, milliseconds)
  if (length < MINUTE_MS) return t('shared.duration.seconds', { n: Math.round(length / 1000) })
  if (length < HOUR_MS) return t('shared.duration.minutes', { n: Math.round(length / MINUTE_MS) })
  if (length < 2 * DAY_MS) {
    const hours = length / HOUR_MS
    return t('shared.duration.hours', {
      n: hours < 10 ? Math.round(hours * 10) / 10 : Math.round(hours),
    })
  }
  return t('shared.duration.days', { n: Math.round(length / DAY_MS) })
}
