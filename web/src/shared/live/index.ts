/** Live updates from the server. */
export { liveLastEventAt, liveState, onLive, onReopened, retryLive, startLive } from './live'
export { useLiveBatch } from './use-live'
