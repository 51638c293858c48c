/** The address of the audit trail. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/audit', component: () => import('./pages/AuditPage.vue') },
]
