/** A value that follows another after it has rested, for search boxes. */
import { readonly, ref, watch, type Ref } from 'vue'

export function useDebounced<T>(source: () => T, restMs = 300): Readonly<Ref<T>> {
  const settled = ref(source()) as Ref<T>
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(source, (value) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      settled.value = value
    }, restMs)
  })
  return readonly(settled) as Readonly<Ref<T>>
}
