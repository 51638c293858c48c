/** The address of the five-year plan. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/plan', component: () => import('./pages/PlanPage.vue') },
]
