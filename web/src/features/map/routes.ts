/** Addresses of the map. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/map', component: () => import('./pages/MapPage.vue'), meta: { isFullBleed: true } },
  { path: '/map/layers', component: () => import('./pages/MapLayersPage.vue') },
]
