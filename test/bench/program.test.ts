import t from 'tap'
import { Program } from '../../bench/suite/program.ts'

const never = new AbortController().signal
const node = (script: string) => Program.start('it', [process.execPath, '--eval', script])
const ECHO = 'process.stdin.on("data", (text) => process.stdout.write("got " + text))'

t.test('answers line by line until it is stopped', async (t) => {
  const program = node(ECHO)
  const answer = program.line((line) => line.startsWith('got'), never)
  program.write('a word')
  t.equal(await answer, 'got a word')
  t.notOk(program.ended.aborted)
  await program.stop()
  t.equal(program.ended.reason.message, 'it ended with SIGKILL: got a word')
  await program.stop()
})

t.test('a line that never comes, because the program ends', async (t) => {
  const waited = node('console.error("out of luck"); process.exit(2)').line(() => false, never)
  await t.rejects(waited, { message: 'it ended with exit code 2: out of luck' })
})

t.test('a program that is not there', async (t) => {
  const program = Program.start('it', ['no-such-program-anywhere'])
  await t.rejects(
    program.line(() => true, never),
    { message: /^it spawn no-such-program-anywhere ENOENT/ },
  )
  await program.stop()
})

t.test('a wait that is given up', async (t) => {
  const program = node(ECHO)
  t.teardown(() => program.stop())
  const stop = new AbortController()
  const waited = program.line(() => true, stop.signal)
  stop.abort(new Error('enough'))
  await t.rejects(waited, { message: 'enough' })
})
