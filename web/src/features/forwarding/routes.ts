/** Addresses of forwarding to superior platforms. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/forwarding', component: () => import('./pages/ForwardingPage.vue') },
  { path: '/forwarding/:id', component: () => import('./pages/TargetPage.vue'), props: true },
]
