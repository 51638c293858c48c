/** The addresses of verdicts. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/points/:id/verdicts/:kind/:time',
    component: () => import('./pages/VerdictPage.vue'),
    props: true,
    meta: { needs: ['data.read'] },
  },
  {
    path: '/verdict-changes',
    component: () => import('./pages/VerdictChangesPage.vue'),
    meta: { needs: ['data.read'] },
  },
]
