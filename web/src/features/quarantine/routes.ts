/** The address of the quarantine. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/quarantine', component: () => import('./pages/QuarantinePage.vue') },
]
