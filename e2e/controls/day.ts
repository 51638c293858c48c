/** Days as the bureau has them. */
const HOUR_MS = 3_600_000

/** A day of Beijing, so many days back, as `YYYY-MM-DD`. */
export function dayBack(days: number): string {
  return new Date(Date.now() + (8 - 24 * days) * HOUR_MS).toISOString().slice(0, 10)
}
