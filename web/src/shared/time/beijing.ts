/**
 * Beijing civil time (fixed +08:00), whatever zone the browser runs in.
 * The only module that may read the clock or make a `Date`.
 */
const OFFSET_MS = 8 * 3_600_000

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** The present instant in epoch milliseconds. */
export function currentInstant(): number {
  return Date.now()
}

/** Epoch milliseconds of an RFC 3339 text, or `null` when it is none. */
export function parseInstant(text: string | null | undefined): number | null {
  if (!text) return null
  const instant = Date.parse(text)
  return Number.isNaN(instant) ? null : instant
}

interface Civil {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

/** The Beijing civil fields of an instant. */
export function civilFields(instant: number): Civil {
  const shifted = new Date(instant + OFFSET_MS)
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
  }
}

const two = (value: number): string => String(value).padStart(2, '0')

function asInstant(value: number | string | null | undefined): number | null {
  return typeof value === 'number' ? value : parseInstant(value)
}

/** `2026-11-24`. */
export function formatDay(value: number | string | null | undefined): string {
  const instant = asInstant(value)
  if (instant === null) return '—'
  const at = civilFields(instant)
  return `${at.year}-${two(at.month)}-${two(at.day)}`
}

/** `08:05`. */
export function formatMinute(value: number | string | null | undefined): string {
  const instant = asInstant(value)
  if (instant === null) return '—'
  const at = civilFields(instant)
  return `${two(at.hour)}:${two(at.minute)}`
}

/** `08:05:09`. */
export function formatClock(value: number | string | null | undefined): string {
  const instant = asInstant(value)
  return instant === null ? '—' : `${formatMinute(instant)}:${two(civilFields(instant).second)}`
}

/** `2026-11-24 08:05`. */
export function formatDateTime(value: number | string | null | undefined): string {
  const instant = asInstant(value)
  return instant === null ? '—' : `${formatDay(instant)} ${formatMinute(instant)}`
}

/** `2026-11-24 08:05:09`. */
export function formatSecond(value: number | string | null | undefined): string {
  const instant = asInstant(value)
  return instant === null ? '—' : `${formatDay(instant)} ${formatClock(instant)}`
}

/** `11-24 08:05`, for narrow places. */
export function formatShort(value: number | string | null | undefined): string {
  const instant = asInstant(value)
  return instant === null ? '—' : formatDateTime(instant).slice(5)
}

/** RFC 3339 with +08:00, as the API speaks. */
export function toRfc3339(instant: number): string {
  return `${formatDay(instant)}T${formatClock(instant)}+08:00`
}

/** The value of an `<input type="datetime-local">` for an instant: Beijing civil time. */
export function toInputDateTime(instant: number): string {
  return `${formatDay(instant)}T${formatMinute(instant)}`
}

/** The instant that the text of an `<input type="datetime-local">` or `date` means in Beijing. */
export function fromInput(text: string): number | null {
  if (!text) return null
  const full = text.length === 10 ? `${text}T00:00` : text
  return parseInstant(`${full.length === 16 ? `${full}:00` : full}+08:00`)
}

/** The first instant of the Beijing day that contains `instant`. */
export function startOfDay(instant: number): number {
  return Math.floor((instant + OFFSET_MS) / DAY_MS) * DAY_MS - OFFSET_MS
}

/** `2026-11`. */
export function formatMonth(instant: number): string {
  return formatDay(instant).slice(0, 7)
}

/** The instant of what a person typed as the API takes it; none while it is no time. */
export function inputToRfc3339(text: string): string | undefined {
  const instant = fromInput(text)
  return instant === null ? undefined : toRfc3339(instant)
}

/** The value of an `<input type="datetime-local" step="1">` for a time of the API; empty for none. */
export function toInputSecond(text: string | null | undefined): string {
  const instant = parseInstant(text)
  return instant === null ? '' : `${formatDay(instant)}T${formatClock(instant)}`
}
