/** Addresses of the quarantine. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/quarantine', component: () => import('./pages/QuarantinePage.vue') },
  { path: '/quarantine/:mn', component: () => import('./pages/SenderPage.vue'), props: true },
]
