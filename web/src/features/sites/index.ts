/** What other features may use of sites. */
export { useRegions, regionOptions, MEDIA, SITE_KINDS } from './regions'
export type { Region } from './regions'
