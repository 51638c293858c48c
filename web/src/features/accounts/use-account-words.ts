/** Roles, scopes and permissions in the present language. */
import { useI18n } from 'vue-i18n'
import { useRegions } from '@/features/sites'
import { useNames } from '@/shared/format/use-names'
import type { AccountScope, Role } from './queries'

export function useAccountWords() {
  const { t, te, locale } = useI18n()
  const { nameOf } = useNames()
  const regions = useRegions()
  const word = (key: string, fallback: string): string => (te(key) ? t(key) : fallback)
  return {
    /** A shipped role by its name; the bureau's own by what it is called there. */
    roleText: (name: string): string => word(`accounts.role_names.${name}`, name),
    roleTitle: (role: Role): string => (locale.value === 'en' ? role.title_en : role.title_zh),
    permissionText: (name: string): string =>
      word(`accounts.permission_names.${name.replace('.', '_')}`, name),
    scopeText: (scope: AccountScope): string => {
      switch (scope.kind) {
        case 'everything':
          return t('accounts.scope.everything')
        case 'region': {
          const region = regions.data.value?.find(({ code }) => code === scope.region_code)
          return region === undefined
            ? t('accounts.scope.region_is', { code: scope.region_code })
            : nameOf(region)
        }
        case 'sites':
          return t('accounts.scope.sites_are', { n: scope.site_ids.length })
      }
    },
  }
}
