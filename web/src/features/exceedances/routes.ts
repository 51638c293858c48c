/** Addresses of exceedances and planned stops. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/exceedances', component: () => import('./pages/ExceedanceListPage.vue') },
  { path: '/exemptions', component: () => import('./pages/ExemptionListPage.vue') },
]
