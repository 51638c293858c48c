/** Addresses of data loggers. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/devices', component: () => import('./pages/DeviceListPage.vue') },
  { path: '/devices/:id', component: () => import('./pages/DevicePage.vue'), props: true },
]
