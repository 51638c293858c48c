/** Addresses of alarm rules. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/alarm-rules', component: () => import('./pages/RuleListPage.vue') },
  { path: '/alarm-rules/:id', component: () => import('./pages/RulePage.vue'), props: true },
]
