/** The addresses of signing in, one's own account, and the people of the platform. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/sign-in',
    component: () => import('./pages/SignInPage.vue'),
    meta: { isBare: true },
  },
  {
    path: '/first-run',
    component: () => import('./pages/FirstRunPage.vue'),
    meta: { isBare: true },
  },
  {
    path: '/first-password',
    component: () => import('./pages/FirstPasswordPage.vue'),
    meta: { isBare: true },
  },
  { path: '/profile', component: () => import('./pages/ProfilePage.vue') },
  { path: '/accounts', component: () => import('./pages/AccountListPage.vue') },
  { path: '/roles', component: () => import('./pages/RoleListPage.vue') },
]
