/** A list read page by page with `after` and `meta.next`. */
import { useInfiniteQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef, type MaybeRefOrGetter, type Ref, toValue } from 'vue'

interface Page {
  meta: { next?: string | null }
}

/** What a `SeekTable` draws. */
export interface SeekList<T> {
  query: {
    isPending: Ref<boolean>
    isError: Ref<boolean>
    error: Ref<unknown>
    data: Ref<unknown>
    refetch: () => unknown
    hasNextPage: Ref<boolean>
    isFetchingNextPage: Ref<boolean>
    fetchNextPage: () => unknown
  }
  items: ComputedRef<T[]>
}

export function useSeekList<P extends Page, T>(options: {
  key: MaybeRefOrGetter<readonly unknown[]>
  load: (after: string | undefined) => Promise<P>
  items: (page: P) => T[]
  refetchMs?: number
}) {
  const query = useInfiniteQuery({
    queryKey: computed(() => toValue(options.key)),
    queryFn: ({ pageParam }) => options.load(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: P) => page.meta.next ?? undefined,
    ...(options.refetchMs === undefined ? {} : { refetchInterval: options.refetchMs }),
  })
  const items = computed<T[]>(() => query.data.value?.pages.flatMap(options.items) ?? [])
  return { query, items }
}
