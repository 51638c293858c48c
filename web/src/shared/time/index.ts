/** Time for the interface: Beijing civil time in and out. */
export * from './beijing'
export * from './duration'
export { useNow } from './use-now'
