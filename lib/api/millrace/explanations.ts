import type { FastifyInstance } from 'fastify'
import type { ApiParts } from '../api-parts.ts'

type One = { Params: { uuid: string } }

/** What mappings do and what holds them up, and their ledgers; and when all is done. @source contract §5, §7 */
export function registerExplanations(fastify: FastifyInstance, { engine }: ApiParts): void {
  fastify.get('/millrace/mappings', async () => {
    const { mappings, outbox, redrives } = engine.explain()
    const { delivered, blocked, problems } = outbox
    return {
      mappings,
      outbox: { delivered, blocked, problems: Object.fromEntries(problems) },
      redrives,
    }
  })
  fastify.get<One>('/millrace/mappings/:uuid', async ({ params }) => {
    const { mappings, redrives } = engine.explain(params.uuid)
    return { ...mappings[0], redrives: redrives.shards }
  })
  fastify.get('/millrace/ledger', async () => engine.ledger())
  fastify.get<One>('/millrace/mappings/:uuid/ledger', async ({ params }) => {
    const { mappings } = engine.explain(params.uuid)
    return mappings[0]!.ledger
  })
  fastify.post('/millrace/caught-up', async (_, reply) => {
    // Who goes away waits no longer.
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    await engine.caughtUp({ signal: gone.signal })
    return { ledger: engine.ledger() }
  })
}
