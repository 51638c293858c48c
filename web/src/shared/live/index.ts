/** Live updates from the server. */
export { liveLastEventAt, liveState, onReopened, retryLive, startLive } from './live'
export { useLiveBatch } from './use-live'
