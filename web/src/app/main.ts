/** Starts the application. */
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp, watch } from 'vue'
import { watchPresence } from '@/api/presence'
import { ApiProblem } from '@/api/problem'
import { onSignedOut } from '@/api/signed-out'
import { onLive, onLost, onReopened, startLive, stopLive } from '@/shared/live'
import { can, forgetSession, hasSession, loadSession, session } from '@/shared/session'
import App from './App.vue'
import './base.css'
import { i18n } from './i18n'
import { router } from './router'

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) =>
        failures < 2 && (ApiProblem.of(error).status >= 500 || ApiProblem.of(error).status === 0),
    },
  },
})

// what was missed while the connection was lost, or too slow, is loaded
onReopened(() => void queryClient.invalidateQueries())
onLive('system', () => void queryClient.invalidateQueries())
watchPresence()

/** Pages of somebody whose session has ended are left; after signing in the same page is opened. */
async function leave(): Promise<void> {
  if (router.currentRoute.value.meta.isBare) return
  forgetSession()
  queryClient.clear()
  const to = router.currentRoute.value.fullPath
  await router.replace({ path: '/sign-in', query: { to } })
}

onSignedOut(() => void leave())
// the server cuts the stream of a session that ends: it is asked whether that was the reason
onLost(() => {
  void loadSession(true)
    .then((now) => (hasSession(now) ? undefined : leave()))
    // no answer: the connection is tried again anyhow
    .catch(() => undefined)
})
watch(
  () => session.value !== null && can('data.read') && can('alarms.read'),
  (isHeard) => (isHeard ? startLive() : stopLive()),
)

createApp(App).use(router).use(i18n).use(VueQueryPlugin, { queryClient }).mount('#app')
