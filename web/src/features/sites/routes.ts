/** Addresses of the register. */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/sites', component: () => import('./pages/SiteListPage.vue') },
  { path: '/sites/:id', component: () => import('./pages/SitePage.vue'), props: true },
  {
    path: '/sites/:siteId/points/:id',
    component: () => import('./pages/PointSettingsPage.vue'),
    props: true,
  },
  { path: '/organisations', component: () => import('./pages/OrganisationListPage.vue') },
  { path: '/regions', component: () => import('./pages/RegionPage.vue') },
  { path: '/site-files', component: () => import('./pages/SiteFilePage.vue') },
]
