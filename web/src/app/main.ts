/** Starts the application. */
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { ApiProblem } from '@/api/problem'
import { onLive, onReopened, startLive } from '@/shared/live'
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
startLive()

createApp(App).use(router).use(i18n).use(VueQueryPlugin, { queryClient }).mount('#app')
