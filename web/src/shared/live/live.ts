/**
 * The one connection for live values and alarms (server-sent events), with its state for the
 * person. Lost connections are tried again with growing pauses.
 */
import { readonly, ref } from 'vue'
import { currentInstant } from '@/shared/time'

export type LiveState = 'connecting' | 'open' | 'lost'
export type LiveTopic = 'value' | 'alarm' | 'device' | 'verdict' | 'system'
type Listener = (data: unknown) => void

const PATH = '/api/v1/live'
const TOPICS: readonly LiveTopic[] = ['value', 'alarm', 'device', 'verdict', 'system']
const LONGEST_PAUSE_MS = 30_000

const state = ref<LiveState>('connecting')
const lastEventAt = ref<number | null>(null)
const listeners = new Map<LiveTopic, Set<Listener>>()
const reopened = new Set<() => void>()
const lost = new Set<() => void>()

let source: EventSource | null = null
let pauseMs = 1000
let timer: ReturnType<typeof setTimeout> | null = null
let wasLost = false

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function open(): void {
  source?.close()
  timer = null
  const connection = new EventSource(PATH)
  source = connection
  connection.onopen = () => {
    state.value = 'open'
    pauseMs = 1000
    if (wasLost) for (const callback of reopened) callback()
    wasLost = false
  }
  connection.onerror = () => {
    connection.close()
    state.value = 'lost'
    wasLost = true
    for (const callback of lost) callback()
    timer ??= setTimeout(open, pauseMs)
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  }
  for (const topic of TOPICS) {
    connection.addEventListener(topic, (event) => {
      lastEventAt.value = currentInstant()
      const data = parse((event as MessageEvent<string>).data)
      if (data === null) return
      for (const listener of listeners.get(topic) ?? []) listener(data)
    })
  }
}

/** Opens the connection once for the whole application. */
export function startLive(): void {
  if (source === null && typeof EventSource === 'function') open()
}

/** Closes the connection: nobody is signed in who may hear. */
export function stopLive(): void {
  source?.close()
  source = null
  if (timer !== null) clearTimeout(timer)
  timer = null
  wasLost = false
  state.value = 'connecting'
}

/** Tries again at once, without waiting for the pause to end. */
export function retryLive(): void {
  if (timer !== null) clearTimeout(timer)
  state.value = 'connecting'
  open()
}

/** Hears one topic; the answer stops hearing. */
export function onLive(topic: LiveTopic, listener: Listener): () => void {
  const set = listeners.get(topic) ?? new Set<Listener>()
  set.add(listener)
  listeners.set(topic, set)
  return () => set.delete(listener)
}

/** Called when a lost connection is back, so that what was missed can be loaded. */
export function onReopened(callback: () => void): () => void {
  reopened.add(callback)
  return () => reopened.delete(callback)
}

/** Called when the connection is lost: it may have been the session's end. */
export function onLost(callback: () => void): () => void {
  lost.add(callback)
  return () => lost.delete(callback)
}

export const liveState = readonly(state)
export const liveLastEventAt = readonly(lastEventAt)
