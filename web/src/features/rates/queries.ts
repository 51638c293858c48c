/** Server data of the rates. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, withQuery, type Query } from '@/api/request'
import type { components } from '@/api/schema'
import { type Basis, daysOf, type Rate } from './model'

export type RateDay = components['schemas']['RateDayBody']
export type RateHour = components['schemas']['RateHourBody']

export interface RateFilter {
  level: string
  from: string
  to: string
  region?: string
  medium?: string
  organisation_id?: string
  site_id?: string
}

interface RatesBody {
  rates: Rate[]
  basis: Basis[]
  meta: { next?: string | null }
}

/** Pages are of a thousand lines; a month of every point of a city is a few of them. */
const MOST_PAGES = 40

async function loadAll(query: Query): Promise<RatesBody> {
  const body = await getJson<RatesBody>('/rates', { ...query, limit: 1000 })
  let next = body.meta.next
  for (let page = 1; next && page < MOST_PAGES; page += 1) {
    const more = await getJson<RatesBody>('/rates', { ...query, limit: 1000, after: next })
    body.rates.push(...more.rates)
    next = more.meta.next
  }
  return body
}

/** Rates of days or months. */
export const useRates = (
  filter: MaybeRefOrGetter<RateFilter>,
  period: MaybeRefOrGetter<'day' | 'month'>,
) =>
  useQuery({
    queryKey: computed(() => ['rates', toValue(period), toValue(filter)]),
    queryFn: () => loadAll({ ...toValue(filter), period: toValue(period) }),
    placeholderData: (before) => before,
    refetchInterval: 300_000,
  })

/** First and last day of a month. */
export const spanOf = (month: string): { from: string; to: string } => ({
  from: `${month}-01`,
  to: `${month}-${String(daysOf(month)).padStart(2, '0')}`,
})

/** A month's rates by one level, added up. */
export const useMonthRates = (month: MaybeRefOrGetter<string>, level: string) =>
  useRates(() => ({ level, ...spanOf(toValue(month)) }), 'month')

export const useRateDay = (point: MaybeRefOrGetter<string>, day: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['rates', 'inputs', toValue(point), toValue(day)]),
    queryFn: () =>
      getJson<RateDay>('/rates/inputs', { point_id: toValue(point), day: toValue(day) }),
  })

export const reportUrl = (kind: 'xlsx' | 'csv', filter: RateFilter): string =>
  withQuery(`/api/v1/reports/rates.${kind}`, { ...filter, period: 'day' })
