/** A clock that ticks, for ages and "now" lines. */
import { onScopeDispose, readonly, ref, type Ref } from 'vue'
import { currentInstant } from './beijing'

export function useNow(everyMs = 1000): Readonly<Ref<number>> {
  const now = ref(currentInstant())
  const timer = setInterval(() => {
    now.value = currentInstant()
  }, everyMs)
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}
