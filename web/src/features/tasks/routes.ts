/** The addresses of the plan's tasks at work. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/tasks', component: () => import('./pages/TaskBoardPage.vue') },
  { path: '/tasks/:id', component: () => import('./pages/TaskPage.vue'), props: true },
]
