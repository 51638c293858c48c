/** What other features may use of sites. */
export { MEDIA, SITE_KINDS, regionOptions, regionPath, useRegions } from './regions'
export type { Region } from './regions'
export { useProtocolCodes } from './protocol-codes'
export { useSitePoints, usePointSettings } from './queries'
