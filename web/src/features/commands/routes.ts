/** Addresses of commands to devices. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/commands', component: () => import('./pages/CommandListPage.vue') },
  { path: '/commands/:id', component: () => import('./pages/CommandPage.vue'), props: true },
]
