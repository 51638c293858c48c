/** Live topics for components, gathered for a moment so that the screen is not drawn too often. */
import { onScopeDispose } from 'vue'
import { onLive, type LiveTopic } from './live'

/** Hands over what arrived since last time, at most once every `everyMs`. */
export function useLiveBatch(
  topic: LiveTopic,
  handle: (batch: unknown[]) => void,
  everyMs = 500,
): void {
  let batch: unknown[] = []
  let timer: ReturnType<typeof setTimeout> | null = null
  const stop = onLive(topic, (data) => {
    batch.push(data)
    timer ??= setTimeout(() => {
      timer = null
      const ready = batch
      batch = []
      handle(ready)
    }, everyMs)
  })
  onScopeDispose(() => {
    stop()
    if (timer !== null) clearTimeout(timer)
  })
}
