/** Readings of the live stream laid over what was loaded, without asking the server again. */
import { type QueryClient, useQueryClient } from '@tanstack/vue-query'
import { onScopeDispose } from 'vue'
import { useLiveBatch } from '@/shared/live'
import type { LatestValue, MapPoint, PointDetail } from './model'

interface LiveReading {
  factor_code: string
  value: string | null
  flag: string | null
}

/** Event `value` of the stream. */
export interface LiveRecord {
  point_id: number
  kind: string
  time: string
  packet_id: string
  is_historical: boolean
  values: LiveReading[]
}

interface Shown {
  id: number
  state: string
  values: LatestValue[]
}

/** How long a second loading waits for the first. */
const RELOAD_PAUSE_MS = 1_000
/** States that end when a value arrives; only the server knows the next one. */
const SILENT_STATES: readonly string[] = ['offline', 'stale']

export function isLiveRecord(data: unknown): data is LiveRecord {
  return (
    typeof data === 'object' &&
    data !== null &&
    'point_id' in data &&
    'values' in data &&
    Array.isArray(data.values)
  )
}

/** Only what is measured now is a latest value; history sent again is none. */
const isCurrent = (record: LiveRecord): boolean =>
  record.kind === 'realtime' && !record.is_historical

/** The latest values after a record; the same list when it changes nothing. */
export function layOver(values: LatestValue[], record: LiveRecord): LatestValue[] {
  let isChanged = false
  const next = values.map((value) => {
    const reading = record.values.find((item) => item.factor_code === value.factor_code)
    // times of one zone and form: text order is time order
    if (reading === undefined || record.time < value.time) return value
    isChanged = true
    return {
      ...value,
      value: reading.value,
      flag: reading.flag,
      time: record.time,
      packet_id: record.packet_id,
    }
  })
  return isChanged ? next : values
}

/** Whether the server has to be asked: nothing was shown yet, or the state is about to change. */
export const needsLoading = (shown: Shown): boolean =>
  shown.values.length === 0 || SILENT_STATES.includes(shown.state)

function layOverPoint<P extends Shown>(point: P, records: readonly LiveRecord[]): P {
  const values = records
    .filter((record) => record.point_id === point.id)
    .reduce(layOver, point.values)
  return values === point.values ? point : { ...point, values }
}

/** Loads again at once, and what is asked for in the pause afterwards once more at its end. */
function useReload(load: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null
  let isAsked = false
  const begin = (): void => {
    isAsked = false
    load()
    timer = setTimeout(() => {
      timer = null
      if (isAsked) begin()
    }, RELOAD_PAUSE_MS)
  }
  onScopeDispose(() => {
    if (timer !== null) clearTimeout(timer)
  })
  return () => {
    if (timer === null) begin()
    else isAsked = true
  }
}

function follow<P extends Shown>(options: {
  read: (client: QueryClient) => P[]
  write: (client: QueryClient, change: (point: P) => P) => void
  key: () => readonly unknown[]
}): void {
  const client = useQueryClient()
  const reload = useReload(() => void client.invalidateQueries({ queryKey: options.key() }))
  useLiveBatch('value', (batch) => {
    const records = batch.filter(isLiveRecord).filter(isCurrent)
    const touched = new Set(records.map((record) => record.point_id))
    const shown = options.read(client).filter((point) => touched.has(point.id))
    if (shown.length === 0) return
    if (shown.some(needsLoading)) reload()
    options.write(client, (point) => layOverPoint(point, records))
  })
  // the state of a point follows from its alarms and its device
  useLiveBatch('alarm', reload)
  useLiveBatch('device', reload)
}

/** Keeps the points of the map current. */
export function useLiveMapPoints(): void {
  interface Body {
    points: MapPoint[]
  }
  const key = ['map-points']
  follow<MapPoint>({
    key: () => key,
    read: (client) => client.getQueryData<Body>(key)?.points ?? [],
    write: (client, change) =>
      client.setQueryData<Body>(
        key,
        (body) => body && { ...body, points: body.points.map(change) },
      ),
  })
}

/** Keeps one point current. */
export function useLivePoint(id: () => string): void {
  interface Body {
    point: PointDetail
  }
  const key = (): readonly unknown[] => ['point', id()]
  follow<PointDetail>({
    key,
    read: (client) => {
      const body = client.getQueryData<Body>(key())
      return body === undefined ? [] : [body.point]
    },
    write: (client, change) =>
      client.setQueryData<Body>(key(), (body) => body && { ...body, point: change(body.point) }),
  })
}
