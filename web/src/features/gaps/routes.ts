/** The address of the gaps in the data. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/gaps', component: () => import('./pages/GapListPage.vue') },
]
