import t from 'tap'
import {
  checkSetting,
  findUnsupported,
  isPlainObject,
  parseSetting,
} from '../../../lib/core/mapping/setting-check.ts'
import { type ObjectRule, SettingError } from '../../../lib/core/mapping/setting-rule.ts'

const RULE = {
  kind: 'object',
  members: {
    Count: { description: '', rule: { kind: 'integer', min: 1, max: 5 }, default: 3 },
    Size: { description: '', rule: { kind: 'bytes', min: 1, max: 4096 }, default: '1KB' },
    Name: { description: '', rule: { kind: 'text', lengthMin: 1 } },
    Names: {
      description: '',
      rule: { kind: 'map', name: { kind: 'text' }, of: { kind: 'boolean' } },
    },
    Later: {
      description: '',
      rule: { kind: 'boolean' },
      only: { value: false, message: 'not yet' },
    },
    Never: { description: '', rule: { kind: 'refused', message: 'never' } },
  },
} as const satisfies ObjectRule

t.test('defaults are filled in and converted', (t) => {
  const checking = checkSetting({}, RULE)
  t.equal(checking.type, 'valid')
  t.match(checking, { value: { Count: 3, Size: 1024 } })
  t.end()
})

t.test('nothing is coerced', (t) => {
  for (const Count of ['3', 3.5, 0, 6, true, null, Number.NaN, 3n, [3]]) {
    const checking = checkSetting({ Count }, RULE)
    t.match(
      checking,
      { type: 'invalid', problems: [{ type: 'invalid', path: ['Count'] }] },
      String(Count),
    )
  }
  t.end()
})

t.test('null is absent for the API, and nothing else elsewhere', (t) => {
  t.equal(checkSetting({ Count: null }, RULE, { null: 'absent' }).type, 'valid')
  t.equal(checkSetting({ Count: null }, RULE).type, 'invalid')
  t.equal(checkSetting({ Never: null }, RULE).type, 'invalid')
  t.end()
})

t.test('names that every object inherits are unknown members and harmless names', (t) => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const input: unknown = JSON.parse(`{"${name}": 1}`)
    t.match(checkSetting(input, RULE), { problems: [{ type: 'unknown', path: [name] }] }, name)
    const names: unknown = JSON.parse(`{"Names": {"${name}": true}}`)
    const { Names } = parseSetting(names, RULE)
    t.same([...(Names ?? [])], [[name, true]])
  }
  t.equal(Reflect.get({}, 'polluted'), undefined)
  t.same(Object.keys(Object.prototype), [])
  t.end()
})

t.test('what the prototype of an input says does not count', (t) => {
  class Options {
    readonly Count = 4
  }
  t.equal(isPlainObject(new Options()), false)
  t.equal(isPlainObject(Object.create(null)), true)
  t.equal(isPlainObject([]), false)
  t.equal(checkSetting(new Options(), RULE).type, 'invalid')
  t.end()
})

t.test('refused settings and values of a later version are found, wherever they stand', (t) => {
  t.match(findUnsupported({ Never: 1 }, RULE), { path: ['Never'], message: 'never' })
  t.match(findUnsupported({ Later: true }, RULE), { path: ['Later'], message: 'not yet' })
  t.equal(findUnsupported({ Later: false, Never: null }, RULE), undefined)
  const list = { kind: 'list', of: { kind: 'map', name: { kind: 'text' }, of: RULE } } as const
  t.match(findUnsupported([{}, { a: { Never: 1 } }], list), { path: [1, 'a', 'Never'] })
  t.end()
})

t.test('parseSetting throws the first problem', (t) => {
  t.throws(() => parseSetting({ Count: 9, Extra: 1 }, RULE), SettingError)
  try {
    parseSetting({ Count: 9, Extra: 1 }, RULE)
  } catch (error) {
    t.match(error, { problem: { type: 'unknown', path: ['Extra'] } })
  }
  t.end()
})
