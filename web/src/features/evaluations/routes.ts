/** The addresses of evaluations. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/evaluations',
    component: () => import('./pages/EvaluationPage.vue'),
    meta: { needs: ['data.read'] },
  },
]
