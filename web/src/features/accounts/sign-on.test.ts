import { describe, expect, it } from 'vitest'
import { readSignOn, signOnUrl } from './sign-on'

describe('what the sign-on says behind #', () => {
  it('is read with the identity', () => {
    expect(readSignOn('#sign-on=not_linked&subject=%E6%9D%8E+1')).toEqual({
      reason: 'not_linked',
      subject: '李 1',
    })
    expect(readSignOn('#sign-on=expired')).toEqual({ reason: 'expired', subject: '' })
  })

  it('is a refusal when the word is not known, and nothing when there is none', () => {
    expect(readSignOn('#sign-on=<b>')?.reason).toBe('refused')
    expect(readSignOn('')).toBeNull()
    expect(readSignOn('#other=1')).toBeNull()
  })

  it('leads back to the page that was asked for', () => {
    expect(signOnUrl('/alarms?state=open&a=1')).toBe(
      '/api/v1/session/sign-on?to=%2Falarms%3Fstate%3Dopen%26a%3D1',
    )
  })
})
