/** Addresses of markings: what enterprises mark, what the bureau reviews, manual samples. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/marking', component: () => import('./pages/MarkingPage.vue') },
  { path: '/marking-review', component: () => import('./pages/ReviewPage.vue') },
  {
    path: '/markings/:id',
    component: () => import('./pages/MarkingDetailPage.vue'),
    props: true,
    meta: { needs: ['data.read'] },
  },
  { path: '/manual-samples', component: () => import('./pages/SamplesPage.vue') },
]
