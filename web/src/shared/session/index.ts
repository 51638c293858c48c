/** Who is signed in and what they may. */
export type { Operation } from '@/api/permissions'
export {
  can,
  forgetSession,
  hasSession,
  loadSession,
  may,
  session,
  signIn,
  signOut,
  type Demo,
  type Permission,
  type Session,
} from './session'
