/** Addresses of the rates. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/rates', component: () => import('./pages/RatesPage.vue') },
  { path: '/rates/:point/:day', component: () => import('./pages/RateDayPage.vue'), props: true },
]
