/** Addresses of the duty desk. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/duty', component: () => import('./pages/DutyPage.vue') },
  { path: '/duty/report', component: () => import('./pages/DutyReportPage.vue') },
]
