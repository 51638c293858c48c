/**
 * Readings of the live stream laid over what was loaded, without asking the server again. Only the
 * points whose state may have changed are asked for.
 */
import { type QueryClient, useQueryClient } from '@tanstack/vue-query'
import { onScopeDispose } from 'vue'
import { getJson } from '@/api/request'
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
/** Points asked for at once at most; of more, all are loaded. */
const MOST_POINTS = 200
/** States that end when a value arrives; only the server knows the next one. */
export const SILENT_STATES: readonly string[] = ['offline', 'stale']

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

/** The points that an event of an alarm or a device is about. */
export function touchedPoints(data: unknown): number[] {
  if (typeof data !== 'object' || data === null) return []
  const ids: unknown[] = []
  if ('point_id' in data) ids.push(data.point_id)
  if ('point_ids' in data && Array.isArray(data.point_ids))
    ids.push(...(data.point_ids as unknown[]))
  return ids.filter((id) => typeof id === 'number')
}

/** A point as it was loaded anew, with what the stream has brought since. */
export function renewed<P extends Shown>(shown: P, fresh: P): P {
  const values = fresh.values.map((value) => {
    const known = shown.values.find((item) => item.factor_code === value.factor_code)
    return known !== undefined && known.time > value.time ? known : value
  })
  return { ...fresh, values }
}

/** Loads at once what is asked for, and what is asked for in the pause afterwards at its end. */
function useReload(load: (ids: number[]) => void): (ids: Iterable<number>) => void {
  let timer: ReturnType<typeof setTimeout> | null = null
  const asked = new Set<number>()
  const begin = (): void => {
    const ids = [...asked]
    asked.clear()
    load(ids)
    timer = setTimeout(() => {
      timer = null
      if (asked.size > 0) begin()
    }, RELOAD_PAUSE_MS)
  }
  onScopeDispose(() => {
    if (timer !== null) clearTimeout(timer)
  })
  return (ids) => {
    for (const id of ids) asked.add(id)
    if (timer === null && asked.size > 0) begin()
  }
}

function follow<P extends Shown>(options: {
  read: (client: QueryClient) => P[]
  write: (client: QueryClient, change: (point: P) => P) => void
  load: (client: QueryClient, ids: number[]) => void
}): void {
  const client = useQueryClient()
  const reload = useReload((ids) => options.load(client, ids))
  useLiveBatch('value', (batch) => {
    const records = batch.filter(isLiveRecord).filter(isCurrent)
    const touched = new Set(records.map((record) => record.point_id))
    const shown = options.read(client).filter((point) => touched.has(point.id))
    if (shown.length === 0) return
    reload(shown.filter(needsLoading).map((point) => point.id))
    options.write(client, (point) => layOverPoint(point, records))
  })
  // the state of a point follows from its alarms and its device
  const look = (batch: unknown[]): void => {
    const touched = new Set(batch.flatMap(touchedPoints))
    const shown = options.read(client).filter((point) => touched.has(point.id))
    reload(shown.map((point) => point.id))
  }
  useLiveBatch('alarm', look)
  useLiveBatch('device', look)
}

/** Keeps the points of the map current. */
export function useLiveMapPoints(): void {
  interface Body {
    points: MapPoint[]
  }
  const key = ['map-points']
  const write = (client: QueryClient, change: (point: MapPoint) => MapPoint): void => {
    client.setQueryData<Body>(key, (body) => body && { ...body, points: body.points.map(change) })
  }
  const loadAll = (client: QueryClient): void => void client.invalidateQueries({ queryKey: key })
  follow<MapPoint>({
    read: (client) => client.getQueryData<Body>(key)?.points ?? [],
    write,
    load: (client, ids) => {
      if (ids.length > MOST_POINTS) return loadAll(client)
      getJson<Body>('/map/points', { ids: ids.join(',') }).then(
        ({ points }) => {
          const fresh = new Map(points.map((point) => [point.id, point]))
          write(client, (shown) => {
            const now = fresh.get(shown.id)
            return now === undefined ? shown : renewed(shown, now)
          })
        },
        // the loading of all says what is wrong, and tries again
        () => loadAll(client),
      )
    },
  })
}

/** Keeps one point current. */
export function useLivePoint(id: () => string): void {
  interface Body {
    point: PointDetail
  }
  const key = (): readonly unknown[] => ['point', id()]
  follow<PointDetail>({
    read: (client) => {
      const body = client.getQueryData<Body>(key())
      return body === undefined ? [] : [body.point]
    },
    write: (client, change) =>
      client.setQueryData<Body>(key(), (body) => body && { ...body, point: change(body.point) }),
    load: (client) => void client.invalidateQueries({ queryKey: key() }),
  })
}
