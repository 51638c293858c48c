/** Live updates from the server. */
export {
  liveLastEventAt,
  liveState,
  onLive,
  onLost,
  onReopened,
  retryLive,
  startLive,
  stopLive,
} from './live'
export { useLiveBatch } from './use-live'
