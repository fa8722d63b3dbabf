import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { MillraceError } from '../../core/errors.ts'
import { PUT_BODY_BYTES_MAX, PUT_BYTES_IN_HAND_MAX } from '../../core/limits.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { StagedPut } from '../../engine/streams/stream-catalogue.ts'
import type { ApiParts } from '../api-parts.ts'
import { BodyRoom } from '../guard/body-room.ts'
import { readBody, tooLarge } from './incoming-body.ts'
import { LineCutter, type NumberedLine } from './line-cutter.ts'
import { LineProblem, readLine } from './read-line.ts'
import type { OneStream } from './streams.ts'

type RecordsRequest = OneStream & { Body: StagedPut | undefined }

/**
 * Takes records in: one JSON object a line. Bodies are read as they come, and each record is encoded at once; nothing is stored
 * before the whole of the body has come and was checked. What comes faster than the disk takes it is refused with 429 before
 * its body is read.
 * @source contract §4, §5
 */
export function registerStreamRecords(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { streams } = engine
  const room = new BodyRoom(PUT_BYTES_IN_HAND_MAX)
  // The server owns it: it listens when its plugins are there.
  void fastify.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async ({ params }: FastifyRequest, body: Readable) =>
      readRecords(body, streams.stage((params as OneStream['Params']).name)),
    )
    scope.addHook('onError', async (_, reply, error) => {
      // Nobody reads on behind a body that has no end.
      if (error instanceof ApiError && error.status === 413) reply.header('Connection', 'close')
    })
    scope.post<RecordsRequest>(
      '/millrace/streams/:name/records',
      { bodyLimit: PUT_BODY_BYTES_MAX, onRequest: [refuseUnreadable, room.hook] },
      async ({ params, body }) => put(body ?? streams.stage(params.name)),
    )
  })
}

/** What its head says enough about. @throws ApiError */
async function refuseUnreadable({ headers }: FastifyRequest): Promise<void> {
  if (Number(headers['content-length']) > PUT_BODY_BYTES_MAX) throw tooLarge(PUT_BODY_BYTES_MAX)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity')
    throw new ApiError('InvalidRequestContentException', 'Content-Encoding must be identity')
}

async function readRecords(body: Readable, staged: StagedPut): Promise<StagedPut> {
  const cutter = new LineCutter()
  const addAll = (lines: Iterable<NumberedLine>): void => {
    for (const line of lines) addRecord(staged, line)
  }
  await readBody(body, PUT_BODY_BYTES_MAX, (chunk) => addAll(cutter.push(chunk)))
  addAll(cutter.end())
  return staged
}

async function put(staged: StagedPut): Promise<object> {
  const { sequenceNumbers } = await staged.put()
  return { Accepted: staged.count, SequenceNumbers: sequenceNumbers }
}

/** Empty lines are passed over. @throws ApiError that says which line it is about */
function addRecord(staged: StagedPut, { number, bytes }: NumberedLine): void {
  try {
    const record = readLine(bytes)
    if (record !== undefined) staged.add(record)
  } catch (error) {
    const reason = maybeReason(error)
    if (reason === undefined) throw error
    const message = `line ${number}: ${reason}; nothing of this request was stored`
    throw new ApiError('ValidationException', message)
  }
}

function maybeReason(error: unknown): string | undefined {
  if (error instanceof LineProblem) return error.message
  const isRefused = error instanceof MillraceError && error.code === 'MILLRACE_RECORD_INVALID'
  return isRefused ? String(error.facts['reason']) : undefined
}
