/** Addresses of raw packets. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/packets', component: () => import('./pages/PacketListPage.vue') },
  { path: '/packets/:id', component: () => import('./pages/PacketPage.vue'), props: true },
]
