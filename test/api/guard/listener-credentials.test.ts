import t from 'tap'
import { listenerCredentials } from '../../../lib/api/guard/listener-credentials.ts'

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 's3cret' }

t.test('contract §5: keys are needed on every address but loopback', (t) => {
  for (const host of ['127.0.0.1', '::1', 'localhost']) {
    t.equal(listenerCredentials({ host }), undefined, host)
    t.equal(listenerCredentials({ host, ...KEYS }), undefined, host)
  }
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.test', '127.1']) {
    t.strictSame(listenerCredentials({ host, ...KEYS }), KEYS, host)
    t.throws(() => listenerCredentials({ host }), {
      code: 'MILLRACE_SETTING_REFUSED',
      message: /set MILLRACE_ACCESS_KEY_ID and MILLRACE_SECRET_ACCESS_KEY, or listen on 127.0.0.1/,
    })
  }
  const { accessKeyId, secretAccessKey } = KEYS
  t.throws(() => listenerCredentials({ host: '::', accessKeyId }), {
    message: /set MILLRACE_SECRET_ACCESS_KEY, or/,
  })
  t.throws(() => listenerCredentials({ host: '::', secretAccessKey }), {
    message: /set MILLRACE_ACCESS_KEY_ID, or/,
  })
  t.end()
})
