/** Who is signed in and what they may. */
export {
  can,
  forgetSession,
  hasSession,
  loadSession,
  session,
  signIn,
  signOut,
  type Demo,
  type Permission,
  type Session,
} from './session'
