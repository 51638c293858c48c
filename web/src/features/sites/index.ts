/** What other features may use of sites. */
export { MEDIA, SITE_KINDS, regionOptions, regionPath, useRegions } from './regions'
export type { Region } from './regions'
/** Loaded with the map when it is first shown. */
export const loadLocationPicker = () => import('./components/LocationPicker.vue')
export { default as RegionPicker } from './components/RegionPicker.vue'
export { useFieldWords } from './field-words'
export { periodState } from './limits'
export { useProtocolCodes } from './protocol-codes'
export { usePointChoices, useRefresh, useSiteChoices } from './queries'
