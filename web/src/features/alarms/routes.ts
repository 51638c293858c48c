/** Addresses of alarms. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/alarms', component: () => import('./pages/AlarmListPage.vue') },
  { path: '/alarms/:id', component: () => import('./pages/AlarmPage.vue'), props: true },
]
