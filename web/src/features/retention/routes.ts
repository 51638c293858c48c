/** The address of the retention of records. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/retention', component: () => import('./pages/RetentionPage.vue') },
]
