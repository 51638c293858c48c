/** Filters that live in the address, so that a filtered list can be sent to a colleague. */
import { reactive, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

export function useUrlFilters<T extends Record<string, string>>(defaults: T): T {
  const route = useRoute()
  const router = useRouter()
  const ownPath = route.path
  const read = (): T => {
    const values: Record<string, string> = { ...defaults }
    for (const name of Object.keys(defaults)) {
      const given = route.query[name]
      if (typeof given === 'string') values[name] = given
    }
    return values as T
  }
  const filters = reactive(read()) as T
  watch(
    () => ({ ...filters }),
    (next) => {
      if (route.path !== ownPath) return
      const query: Record<string, string> = {}
      for (const [name, value] of Object.entries(route.query)) {
        if (!(name in defaults) && typeof value === 'string') query[name] = value
      }
      for (const [name, value] of Object.entries(next)) {
        if (value !== defaults[name]) query[name] = value
      }
      void router.replace({ query })
    },
  )
  watch(
    () => route.query,
    () => {
      if (route.path === ownPath) Object.assign(filters, read())
    },
  )
  return filters
}
